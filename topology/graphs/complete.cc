#include "topology/graphs/complete.h"

#include <fmt/format.h>

#include "topology/graphs/settings.h"

namespace hearsay {

Topology complete_graph(std::size_t nodes) {
  constexpr std::size_t kMostNodes = 10000;
  if (nodes > kMostNodes)
    throw ParamError("nodes", fmt::format("a complete graph of {} nodes has {} edges; at most {} "
                                          "nodes are possible",
                                          nodes, nodes * (nodes - 1) / 2, kMostNodes));
  std::vector<Edge> edges;
  edges.reserve(nodes * (nodes - 1) / 2);
  for (NodeId a = 0; a < nodes; ++a)
    for (NodeId b = a + 1; b < nodes; ++b) edges.push_back({a, b});
  return Topology(nodes, std::move(edges));
}

namespace {

Topology make(const Params& params, std::uint64_t /*seed*/) {
  return complete_graph(node_count(params));
}

}  // namespace

Part<MakeGraph> part_complete_graph() {
  return {"complete", "every node is joined to every other", {}, make, "graph"};
}

}  // namespace hearsay
