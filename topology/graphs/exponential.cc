#include "topology/graphs/exponential.h"

#include <algorithm>
#include <set>

#include "topology/graphs/settings.h"

namespace hearsay {

Topology exponential_graph(std::size_t nodes) {
  // i + s and j - s name the same edge, and 2^k and n - 2^k may be the same step.
  std::set<Edge> edges;
  for (std::size_t step = 1; step < nodes; step *= 2) {
    for (std::size_t node = 0; node < nodes; ++node) {
      const std::size_t other = (node + step) % nodes;
      edges.insert(
          {static_cast<NodeId>(std::min(node, other)), static_cast<NodeId>(std::max(node, other))});
    }
  }
  return Topology(nodes, {edges.begin(), edges.end()});
}

namespace {

Topology make(const Params& params, std::uint64_t /*seed*/) {
  return exponential_graph(node_count(params));
}

}  // namespace

Part<MakeGraph> part_exponential_graph() {
  return {"exponential",
          "node i is joined to i +- 1, 2, 4, 8, ... (modulo the number of nodes)",
          {},
          make,
          "graph"};
}

}  // namespace hearsay
