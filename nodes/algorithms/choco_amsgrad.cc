#include "core/optimizers/amsgrad.h"
#include "nodes/algorithms/choco.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return make_choco(params, context, "amsgrad");
}

}  // namespace

Part<AlgorithmMaker> part_choco_amsgrad() {
  return {"choco-amsgrad",
          "local AMSGrad, then gossip of compressed model differences (the default; DAMSCo, Liu et "
          "al. 2025)",
          join({Schedule::params(), {compressor_param(), gossip_step_param()}, amsgrad_params()}),
          {.make = make}};
}

}  // namespace hearsay
