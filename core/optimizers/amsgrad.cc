#include "core/optimizers/amsgrad.h"

#include "core/optimizers/adaptive.h"

namespace hearsay {

std::vector<Param> amsgrad_params() {
  return adaptive_params();
}

Part<MakeOptimizer> part_amsgrad() {
  return {"amsgrad", "Adam with the maximum of its second moments (Reddi et al. 2018)",
          amsgrad_params(),
          [](const Params& params, std::size_t dimension) -> std::unique_ptr<Optimizer> {
            return std::make_unique<Adaptive>(params, dimension, Adaptive::SecondMoment::maximum);
          }};
}

}  // namespace hearsay
