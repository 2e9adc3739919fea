#include "core/optimizers/sgd.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/choco.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  require_mean(params, "dpsgd");
  return make_choco(params, context, make_optimizer("sgd", params, context.dimension()));
}

}  // namespace

Part<AlgorithmMaker> part_choco_sgd() {
  return {"choco-sgd",
          "CHOCO-SGD: a gradient step, then gossip of compressed model differences (Koloskova et "
          "al. 2019)",
          join({choco_params(), sgd_params()}),
          {.make = make}};
}

}  // namespace hearsay
