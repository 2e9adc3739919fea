// What the live view of a run looks like: from its state to lines of text, without a terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nodes/evaluation.h"
#include "nodes/node_watch.h"
#include "tools/sparkline.h"

namespace hearsay {

/// A run at a moment.
struct LiveState {
  std::string name;
  Round round = 0;
  Round rounds = 0;
  double seconds = 0.0;                     // since round 1 began, evaluations included
  std::optional<double> rounds_per_second;  // lately
  std::optional<double> seconds_left;       // at that rate
  std::uint64_t wire_bytes = 0;             // sent so far
  std::optional<double> bytes_per_second;   // lately
  std::optional<MetricsRow> last;           // the last evaluation
  Trend loss;                               // of all evaluations
  Trend consensus;
  std::vector<NodeStatus> nodes;  // by node
};

/// What there is to draw on.
struct Canvas {
  std::size_t width = 80;
  std::size_t height = 24;
  bool unicode = true;
  bool colour = false;
};

/// At most `height` lines of at most `width` columns. On a small canvas nodes are drawn smaller, or
/// several as one, before lines at the end are left out.
std::vector<std::string> draw(const LiveState& state, const Canvas& canvas);

}  // namespace hearsay
