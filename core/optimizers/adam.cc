#include "core/optimizers/adam.h"

#include "core/optimizers/adaptive.h"

namespace hearsay {

std::vector<Param> adam_params() {
  return adaptive_params();
}

Part<MakeOptimizer> part_adam() {
  return {"adam", "steps scaled by the running mean of the squared gradient (Kingma, Ba 2015)",
          adam_params(),
          [](const Params& params, std::size_t dimension) -> std::unique_ptr<Optimizer> {
            return std::make_unique<Adaptive>(params, dimension, Adaptive::SecondMoment::latest);
          }};
}

}  // namespace hearsay
