// What will hurt a run on a graph, known before it starts.
#pragma once

#include <string>
#include <vector>

#include "topology/mixing_sequence.h"
#include "topology/spectrum.h"
#include "topology/topology.h"

namespace hearsay {

struct Finding {
  enum class Severity {
    note,     // matters for some algorithms only
    warning,  // slow, or broken by one failure
  };
  Severity severity = Severity::warning;
  std::string text;  // one line
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// A graph of equal nodes. `kind` is its name in the registry; `spectrum` that of W where it is
/// fixed and symmetric; `rounds` how long the run is.
struct Patient {
  const Topology& graph;
  const MixingSequence& mixing;
  const Spectrum& spectrum;
  std::string kind;
  Round rounds = 0;
};

/// The most harmful first; nothing for a healthy graph. O(nodes + edges) where W is fixed and
/// symmetric; directed and time-varying graphs cost a search for every link, and are searched up
/// to a few thousand links.
std::vector<Finding> examine(const Patient& patient);

}  // namespace hearsay
