#include "core/optimizers/weight_decay.h"

namespace hearsay {

std::vector<Param> weight_decay_params() {
  return {number("weight_decay", "strength of the weight decay").at_least(0).by_default(0.0),
          choice("weight_decay_kind", {"decoupled", "coupled"},
                 "added to the step (decoupled), or to the gradient before the moments (coupled)")
              .by_default("decoupled")};
}

WeightDecay read_weight_decay(const Params& params) {
  const auto rate = static_cast<float>(params.number("weight_decay"));
  if (rate == 0.0F) return {};
  const bool coupled = params.text("weight_decay_kind") == "coupled";
  return {coupled ? Decay::coupled : Decay::decoupled, rate};
}

}  // namespace hearsay
