#include "topology/graphs/hypercube.h"

#include <fmt/format.h>

#include <bit>

#include "topology/graphs/settings.h"

namespace hearsay {

Topology hypercube_graph(std::size_t nodes) {
  if (!std::has_single_bit(nodes))
    throw ParamError("nodes",
                     fmt::format("must be a power of two for a hypercube, such as {} or {}, not {}",
                                 std::bit_floor(nodes), std::bit_ceil(nodes), nodes));
  std::vector<Edge> edges;
  for (std::size_t node = 0; node < nodes; ++node)
    for (std::size_t bit = 1; bit < nodes; bit *= 2)
      if ((node & bit) == 0)
        edges.push_back({static_cast<NodeId>(node), static_cast<NodeId>(node | bit)});
  return Topology(nodes, std::move(edges));
}

namespace {

Topology make(const Params& params, std::uint64_t /*seed*/) {
  return hypercube_graph(node_count(params));
}

}  // namespace

Part<MakeGraph> part_hypercube_graph() {
  return {
      "hypercube", "2^k nodes, joined where their numbers differ in one bit", {}, make, "graph"};
}

}  // namespace hearsay
