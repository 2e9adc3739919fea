// Random matchings: in every round the nodes are paired off at random, and each pair averages.
#pragma once

#include <cstddef>
#include <cstdint>

#include "topology/mixing_sequence.h"

namespace hearsay {

/// In each of `period` rounds a uniformly random perfect matching, w = 1/2 within a pair; with an
/// odd number of nodes one of them sits a round out. Randomized gossip in synchronous rounds [Boyd,
/// Ghosh, Prabhakar, Shah: Randomized gossip algorithms, 2006].
MixingSequence random_matching_graph(std::size_t nodes, std::size_t period, std::uint64_t seed);

}  // namespace hearsay
