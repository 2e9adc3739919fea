#include "nodes/algorithms/diffusion.h"

namespace hearsay {

namespace {

// The eigenvalues of (W + I)/2 are not negative, so D2's condition holds on every graph.
std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return make_diffusion(params, context, 0.5F);
}

}  // namespace

Part<AlgorithmMaker> part_exact_diffusion() {
  return {"exact-diffusion",
          "D2 with (W + I)/2, stable on every graph (Yuan et al. 2019)",
          diffusion_params(),
          {.make = make}};
}

}  // namespace hearsay
