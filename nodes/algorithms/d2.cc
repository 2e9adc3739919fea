#include <fmt/format.h>

#include "nodes/algorithms/diffusion.h"

namespace hearsay {

namespace {

// D2 diverges when the least eigenvalue of W is at or below -1/3 (Assumption 1 of the paper): for
// lambda <= -1/3 the recursion a_{t+1} = lambda (2 a_t - a_{t-1}) has a root outside the unit
// circle or on it.
std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  constexpr double kRounding = 1e-9;  // of the eigenvalues
  const double lambda = context.network->spectrum.lambda_min;
  if (lambda <= -1.0 / 3.0 + kRounding)
    throw ParamError(
        "name",
        fmt::format("d2 diverges on this graph: the least eigenvalue of W is {:.4g}, allowed is "
                    "above -1/3; mixing: lazy-metropolis raises it, and exact-diffusion, which "
                    "takes (W + I)/2, is safe on every graph",
                    lambda));
  return make_diffusion(params, context, 1.0F);
}

}  // namespace

Part<AlgorithmMaker> part_d2() {
  return {"d2",
          "D2: models with a correction that removes the bias of unlike data (Tang et al. 2018)",
          diffusion_params(),
          {.make = make}};
}

}  // namespace hearsay
