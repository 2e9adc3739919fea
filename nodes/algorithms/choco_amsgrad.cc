#include <utility>

#include "core/optimizers/adaptive.h"
#include "core/optimizers/amsgrad.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/choco.h"
#include "nodes/algorithms/choco_gossiped.h"
#include "nodes/algorithms/settings.h"

// choco-amsgrad, the default algorithm: CHOCO (choco.h) with AMSGrad as the local rule, and three
// policies for its second moment:
//
//   local      every node keeps its own v^ (DAMSCo, Liu et al., TMLR 2025)
//   gossiped   v^ is tracked by gossip, so that all nodes come to divide by the same
//   (choco_gossiped.h) frozen     local for warmup_rounds rounds, then v^ stays as it is

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  require_mean(params, "dadam");
  const std::string& policy = params.text("second_moment");
  if (policy == "gossiped") return make_choco_gossiped(params, context);
  if (policy == "local")
    return make_choco(params, context, make_optimizer("amsgrad", params, context.dimension()));
  const std::int64_t steps = params.integer("warmup_rounds") * params.integer("local_steps");
  return make_choco(
      params, context,
      std::make_unique<Adaptive>(params, context.dimension(), Adaptive::SecondMoment::maximum,
                                 static_cast<std::uint64_t>(steps)));
}

}  // namespace

Part<AlgorithmMaker> part_choco_amsgrad() {
  return {"choco-amsgrad",
          "local AMSGrad, then gossip of compressed model differences (the default; DAMSCo, Liu et "
          "al. 2025)",
          join({choco_params(),
                amsgrad_params(),
                {choice("second_moment", {"local", "gossiped", "frozen"},
                        "v^: each node's own, tracked by gossip, or frozen after warmup_rounds")
                     .by_default("local"),
                 integer("warmup_rounds", "second_moment: frozen: rounds before v^ is frozen")
                     .at_least(1)
                     .by_default(100)}}),
          {.make = make}};
}

}  // namespace hearsay
