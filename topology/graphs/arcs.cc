#include "topology/graphs/arcs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "topology/graphs/edge_list.h"
#include "topology/graphs/settings.h"
#include "topology/mixing/weights.h"

namespace hearsay {

MixingSequence arcs_graph(const Params& params) {
  std::vector<Arc> arcs;
  std::set<std::pair<NodeId, NodeId>> seen;
  std::size_t nodes = 0;
  for (const auto& [from, to] : node_pairs(params, "arcs", "an arc is [from, to]")) {
    if (from == to)
      throw ParamError("arcs", fmt::format("arc {}-{} leads from a node to itself", from, to));
    if (!seen.insert({from, to}).second)
      throw ParamError("arcs", fmt::format("arc {}-{} is there twice", from, to));
    arcs.push_back({.from = from, .to = to});
    nodes = std::max({nodes, std::size_t{from} + 1, std::size_t{to} + 1});
  }
  if (params.has("nodes")) {
    const std::size_t given = node_count(params);
    if (given < nodes)
      throw ParamError("arcs", fmt::format("found node {}, but there are {} nodes: 0 to {}",
                                           nodes - 1, given, given - 1));
    nodes = given;
  }
  if (nodes == 0) throw ParamError("arcs", "found none: give arcs, or nodes: 1");
  return out_degree_weights(nodes, std::move(arcs));
}

namespace {

MixingSequence make(const Params& params, std::uint64_t /*seed*/) {
  return arcs_graph(params);
}

}  // namespace

Part<MakeGraph> part_arcs_graph() {
  const Param id = integer("node", "a node id").at_least(0).at_most(kLargestNodeId);
  return {"arcs",
          "a directed graph, its arcs listed in the config: arcs: [[0, 1], [1, 2], [2, 0]]",
          {list_of("arcs", list_of("arc", id, "from, to"), "pairs [from, to] of node ids, from 0")
               .must(),
           own_weights_param()},
          make,
          "graph"};
}

}  // namespace hearsay
