#include "topology/graphs/star.h"

#include "topology/graphs/settings.h"

namespace hearsay {

Topology star_graph(std::size_t nodes) {
  std::vector<Edge> edges;
  for (NodeId node = 1; node < nodes; ++node) edges.push_back({0, node});
  return Topology(nodes, std::move(edges));
}

namespace {

Topology make(const Params& params, std::uint64_t /*seed*/) {
  return star_graph(node_count(params));
}

}  // namespace

Part<MakeGraph> part_star_graph() {
  return {"star", "node 0 in the centre is joined to all others", {}, make, "graph"};
}

}  // namespace hearsay
