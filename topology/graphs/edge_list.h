// Graphs that the user writes down edge by edge, in the config or in a file.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "topology/topology.h"

namespace hearsay {

/// Node ids of a written graph are at most this: a slip of the pen must not ask for terabytes.
inline constexpr std::int64_t kLargestNodeId = 9'999'999;

/// The items of the list at `key`, each a pair of node ids. Throws ParamError(key) naming the first
/// that is no pair, with `form` saying what one is.
std::vector<std::pair<NodeId, NodeId>> node_pairs(const Params& params, const std::string& key,
                                                  const std::string& form);

/// The graph of these edges. `nodes` says how many there are; absent, it is the largest id + 1.
/// Throws ParamError(key) where there is neither an edge nor a number.
Topology graph_of_edges(std::vector<Edge> edges, const Params& params, const std::string& key);

}  // namespace hearsay
