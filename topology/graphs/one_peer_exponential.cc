#include "topology/graphs/one_peer_exponential.h"

#include "topology/graphs/settings.h"
#include "topology/mixing/weights.h"

namespace hearsay {

MixingSequence one_peer_exponential_graph(std::size_t nodes) {
  std::vector<MixingMatrix> rounds;
  for (std::size_t hop = 1; hop < nodes; hop *= 2) {
    std::vector<Arc> arcs;
    for (NodeId node = 0; node < nodes; ++node)
      arcs.push_back({.from = node, .to = static_cast<NodeId>((node + hop) % nodes)});
    rounds.push_back(out_degree_weights(nodes, std::move(arcs)));
  }
  if (rounds.empty()) return out_degree_weights(nodes, {});
  return MixingSequence(std::move(rounds));
}

namespace {

MixingSequence make(const Params& params, std::uint64_t /*seed*/) {
  return one_peer_exponential_graph(node_count(params));
}

}  // namespace

Part<MakeGraph> part_one_peer_exponential_graph() {
  return {"one-peer-exponential",
          "node i sends to i + 1 in one round, to i + 2 in the next, to i + 4, ...; then again "
          "(Ying et "
          "al. 2021)",
          {own_weights_param()},
          make,
          "graph"};
}

}  // namespace hearsay
