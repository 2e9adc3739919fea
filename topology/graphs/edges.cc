#include "topology/graphs/edges.h"

#include <fmt/format.h>

#include "topology/graphs/edge_list.h"

namespace hearsay {

Topology edges_graph(const Params& params) {
  std::vector<Edge> edges;
  for (const Value& item : params.list("edges")) {
    const auto& ends = std::get<std::vector<Value>>(item.data);
    if (ends.size() != 2)
      throw ParamError("edges", fmt::format("item {} has {} node ids; an edge is [a, b]",
                                            edges.size() + 1, ends.size()));
    edges.push_back({static_cast<NodeId>(std::get<std::int64_t>(ends[0].data)),
                     static_cast<NodeId>(std::get<std::int64_t>(ends[1].data))});
  }
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
