#include "topology/graphs/binary_tree.h"

#include "topology/graphs/settings.h"

namespace hearsay {

Topology binary_tree_graph(std::size_t nodes) {
  std::vector<Edge> edges;
  for (NodeId child = 1; child < nodes; ++child) edges.push_back({(child - 1) / 2, child});
  return Topology(nodes, std::move(edges));
}

namespace {

Topology make(const Params& params, std::uint64_t /*seed*/) {
  return binary_tree_graph(node_count(params));
}

}  // namespace

Part<MakeGraph> part_binary_tree_graph() {
  return {"binary-tree", "a tree with two children a node; node 0 is the root", {}, make, "graph"};
}

}  // namespace hearsay
