#include "topology/mixing/lazy_metropolis.h"

#include <algorithm>

#include "topology/mixing/weights.h"

namespace hearsay {

MixingMatrix lazy_metropolis_weights(const Topology& graph) {
  return matrix_of(graph, [&](const Edge& edge) {
    return 0.5 / static_cast<double>(std::max(graph.degree(edge.a), graph.degree(edge.b)));
  });
}

namespace {

MixingMatrix make(const Params& /*params*/, const Topology& graph) {
  return lazy_metropolis_weights(graph);
}

}  // namespace

Part<MakeMixing> part_lazy_metropolis_weights() {
  return {"lazy-metropolis",
          "w_ij = 1/(2 max(d_i, d_j)); no negative eigenvalue (Olshevsky 2017)",
          {},
          make,
          "kind"};
}

}  // namespace hearsay
