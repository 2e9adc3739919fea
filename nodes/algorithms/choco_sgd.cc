#include "core/optimizers/sgd.h"
#include "nodes/algorithms/choco.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return make_choco(params, context, "sgd");
}

}  // namespace

Part<AlgorithmMaker> part_choco_sgd() {
  return {"choco-sgd",
          "CHOCO-SGD: a gradient step, then gossip of compressed model differences (Koloskova et "
          "al. 2019)",
          join({Schedule::params(), {compressor_param(), gossip_step_param()}, sgd_params()}),
          {.make = make}};
}

}  // namespace hearsay
