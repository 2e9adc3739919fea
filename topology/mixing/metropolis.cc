#include "topology/mixing/metropolis.h"

#include <algorithm>

#include "topology/mixing/weights.h"

namespace hearsay {

MixingMatrix metropolis_weights(const Topology& graph) {
  return matrix_of(graph, [&](const Edge& edge) {
    return 1.0 / static_cast<double>(1 + std::max(graph.degree(edge.a), graph.degree(edge.b)));
  });
}

namespace {

MixingMatrix make(const Params& /*params*/, const Topology& graph) {
  return metropolis_weights(graph);
}

}  // namespace

Part<MakeMixing> part_metropolis_weights() {
  return {"metropolis", "w_ij = 1/(1 + max(d_i, d_j)) (Xiao et al. 2005)", {}, make, "kind"};
}

}  // namespace hearsay
