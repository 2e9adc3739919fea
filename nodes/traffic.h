// What a round of an experiment sends, found by running one.
#pragma once

#include <cstdint>
#include <optional>

#include "nodes/experiment.h"

namespace hearsay {

/// Of the links of one direction, a round.
struct DirectionTraffic {
  std::size_t links = 0;  // that carried something
  double least_bytes = 0.0;
  double most_bytes = 0.0;  // on one link, headers included
  double wire_bytes = 0.0;  // in all
  double ideal_bits = 0.0;  // in all, as the papers count
};

struct RoundTraffic {
  Round rounds = 1;           // that were run: one, or a period of a time-varying graph
  DirectionTraffic all;       // means over those rounds
  DirectionTraffic up, down;  // the parts of it, on a star with a server
};

/// The first round of the experiment, or the first few where the graph changes. Nothing where it
/// would take long: above 5e7 numbers in the models of all nodes and rounds. Throws NotFinite.
std::optional<RoundTraffic> try_round(const Experiment& experiment);

}  // namespace hearsay
