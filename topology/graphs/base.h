// Base-(k+1) graphs: time-varying graphs of degree at most k that average exactly after
// O(log_{k+1} n) rounds, for every number of nodes n. [Takezawa, Sato, Bao, Niwa, Yamada: Beyond
// exponential graph: communication-efficient topologies for decentralized learning via finite-time
// convergence, NeurIPS 2023, Algorithms 1-3]
#pragma once

#include <cstddef>

#include "topology/mixing_sequence.h"

namespace hearsay {

/// At most 2 log_{k+1}(n) + 2 rounds, symmetric doubly stochastic weights, every node with at most
/// `max_degree` = k >= 1 neighbours in a round. For n without a prime factor above k + 1 this is
/// the k-peer hyper-hypercube (a hypercube in mixed radix); for k = 1 and n = 2^p the one-peer
/// hypercube.
MixingSequence base_graph(std::size_t nodes, std::size_t max_degree);

}  // namespace hearsay
