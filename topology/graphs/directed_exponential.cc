#include "topology/graphs/directed_exponential.h"

#include "topology/graphs/settings.h"
#include "topology/mixing/weights.h"

namespace hearsay {

MixingSequence directed_exponential_graph(std::size_t nodes) {
  std::vector<Arc> arcs;
  for (std::size_t hop = 1; hop < nodes; hop *= 2)
    for (NodeId node = 0; node < nodes; ++node)
      arcs.push_back({.from = node, .to = static_cast<NodeId>((node + hop) % nodes)});
  return out_degree_weights(nodes, std::move(arcs));
}

namespace {

MixingSequence make(const Params& params, std::uint64_t /*seed*/) {
  return directed_exponential_graph(node_count(params));
}

}  // namespace

Part<MakeGraph> part_directed_exponential_graph() {
  return {"directed-exponential",
          "node i sends to i + 1, 2, 4, 8, ... (modulo the number of nodes; Assran et al. 2019)",
          {own_weights_param()},
          make,
          "graph"};
}

}  // namespace hearsay
