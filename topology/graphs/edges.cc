#include "topology/graphs/edges.h"

#include "topology/graphs/edge_list.h"

namespace hearsay {

Topology edges_graph(const Params& params) {
  std::vector<Edge> edges;
  for (const auto& [a, b] : node_pairs(params, "edges", "an edge is [a, b]"))
    edges.push_back({a, b});
  return graph_of_edges(std::move(edges), params, "edges");
}

namespace {

Topology make(const Params& params, std::uint64_t /*seed*/) {
  return edges_graph(params);
}

}  // namespace

Part<MakeGraph> part_edges_graph() {
  const Param id = integer("node", "a node id").at_least(0).at_most(kLargestNodeId);
  return {
      "edges",
      "the edges are listed in the config: edges: [[0, 1], [1, 2]]",
      {list_of("edges", list_of("edge", id, "the two nodes"), "pairs of node ids, from 0").must()},
      make,
      "graph"};
}

}  // namespace hearsay
