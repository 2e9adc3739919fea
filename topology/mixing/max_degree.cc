#include "topology/mixing/max_degree.h"

#include <algorithm>

#include "topology/mixing/weights.h"

namespace hearsay {

MixingMatrix max_degree_weights(const Topology& graph) {
  std::size_t most = 0;
  for (NodeId node = 0; node < graph.nodes(); ++node) most = std::max(most, graph.degree(node));
  return matrix_of(graph, [&](const Edge&) { return 1.0 / static_cast<double>(1 + most); });
}

namespace {

MixingMatrix make(const Params& /*params*/, const Topology& graph) {
  return max_degree_weights(graph);
}

}  // namespace

Part<MakeMixing> part_max_degree_weights() {
  return {"max-degree", "w_ij = 1/(1 + d_max), the same on every edge", {}, make, "kind"};
}

}  // namespace hearsay
