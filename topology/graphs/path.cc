#include "topology/graphs/path.h"

#include "topology/graphs/settings.h"

namespace hearsay {

Topology path_graph(std::size_t nodes) {
  std::vector<Edge> edges;
  for (NodeId node = 0; node + 1 < nodes; ++node) edges.push_back({node, node + 1});
  return Topology(nodes, std::move(edges));
}

namespace {

Topology make(const Params& params, std::uint64_t /*seed*/) {
  return path_graph(node_count(params));
}

}  // namespace

Part<MakeGraph> part_path_graph() {
  return {"path", "a line of nodes", {}, make, "graph"};
}

}  // namespace hearsay
