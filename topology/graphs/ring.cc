#include "topology/graphs/ring.h"

#include "topology/graphs/settings.h"

namespace hearsay {

Topology ring_graph(std::size_t nodes) {
  std::vector<Edge> edges;
  for (NodeId node = 0; node + 1 < nodes; ++node) edges.push_back({node, node + 1});
  if (nodes > 2) edges.push_back({0, static_cast<NodeId>(nodes - 1)});
  return Topology(nodes, std::move(edges));
}

namespace {

Topology make(const Params& params, std::uint64_t /*seed*/) {
  return ring_graph(node_count(params));
}

}  // namespace

Part<MakeGraph> part_ring_graph() {
  return {"ring", "every node has two neighbours, in a circle", {}, make, "graph"};
}

}  // namespace hearsay
