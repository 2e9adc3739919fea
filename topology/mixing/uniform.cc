#include "topology/mixing/uniform.h"

#include <fmt/format.h>

#include "topology/mixing/weights.h"

namespace hearsay {

MixingMatrix uniform_weights(const Topology& graph) {
  for (NodeId node = 1; node < graph.nodes(); ++node)
    if (graph.degree(node) != graph.degree(0))
      throw ParamError("mixing",
                       fmt::format("uniform weights need a regular graph, but node 0 has degree {} "
                                   "and node {} has degree {}; use metropolis",
                                   graph.degree(0), node, graph.degree(node)));
  return matrix_of(
      graph, [&](const Edge& edge) { return 1.0 / static_cast<double>(1 + graph.degree(edge.a)); });
}

namespace {

MixingMatrix make(const Params& /*params*/, const Topology& graph) {
  return uniform_weights(graph);
}

}  // namespace

Part<MakeMixing> part_uniform_weights() {
  return {"uniform", "w_ij = 1/(1 + d_i); regular graphs only", {}, make, "kind"};
}

}  // namespace hearsay
