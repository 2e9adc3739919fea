#include "topology/graphs/directed_ring.h"

#include "topology/graphs/settings.h"
#include "topology/mixing/weights.h"

namespace hearsay {

MixingSequence directed_ring_graph(std::size_t nodes) {
  std::vector<Arc> arcs;
  if (nodes > 1)
    for (NodeId node = 0; node < nodes; ++node)
      arcs.push_back({.from = node, .to = static_cast<NodeId>((node + 1) % nodes)});
  return out_degree_weights(nodes, std::move(arcs));
}

namespace {

MixingSequence make(const Params& params, std::uint64_t /*seed*/) {
  return directed_ring_graph(node_count(params));
}

}  // namespace

Part<MakeGraph> part_directed_ring_graph() {
  return {"directed-ring",
          "node i sends to node i + 1 only (modulo the number of nodes)",
          {own_weights_param()},
          make,
          "graph"};
}

}  // namespace hearsay
