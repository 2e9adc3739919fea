#include "topology/graphs/random_matching.h"

#include <numeric>

#include "core/random.h"
#include "topology/graphs/settings.h"
#include "topology/mixing/weights.h"

namespace hearsay {

MixingSequence random_matching_graph(std::size_t nodes, std::size_t period, std::uint64_t seed) {
  std::vector<MixingMatrix> rounds;
  std::vector<NodeId> order(nodes);
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t t = 1; t <= period; ++t) {
    Stream stream({.seed = seed, .purpose = Purpose::graph, .round = t});
    shuffle(order, stream);
    std::vector<Arc> arcs;
    for (std::size_t k = 0; k + 1 < nodes; k += 2) {
      arcs.push_back({order[k], order[k + 1], 0.5});
      arcs.push_back({order[k + 1], order[k], 0.5});
    }
    rounds.push_back(matrix_of_arcs(nodes, arcs));
  }
  return MixingSequence(std::move(rounds));
}

namespace {

MixingSequence make(const Params& params, std::uint64_t seed) {
  return random_matching_graph(node_count(params),
                               static_cast<std::size_t>(params.integer("period")), seed);
}

}  // namespace

Part<MakeGraph> part_random_matching_graph() {
  return {
      "random-matching",
      "in every round the nodes are paired off at random (Boyd et al. 2006)",
      {own_weights_param(), integer("period", "rounds after which the same matchings come again")
                                .at_least(1)
                                .at_most(10'000)
                                .by_default(100)},
      make,
      "graph"};
}

}  // namespace hearsay
