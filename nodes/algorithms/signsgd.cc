#include "core/compressors/sign.h"
#include "core/optimizers/sgd.h"
#include "nodes/algorithms/local_steps.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star.h"

// signSGD with majority vote (Bernstein, Wang, Azizzadenesheli, Anandkumar, "signSGD: compressed
// optimisation for non-convex problems", ICML 2018, Algorithm 3; Bernstein, Zhao, Azizzadenesheli,
// Anandkumar, ICLR 2019, Algorithm 1, with momentum: Signum):
//
//   worker i: m_i <- momentum m_i + g_i; sign(m_i) up   (direct, one bit a coordinate)
//   server:   sign(sum_i sign(m_i)) down: the majority  (direct; a tie is a zero, and votes +1)
//   worker i: x <- x - eta (that sign + weight_decay x)
//
// Signum's m_i <- beta m_i + (1 - beta) g_i is 1 - beta times this one, and has the same signs.

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  const auto sign = std::make_shared<const Sign>(*context.layout);
  Params step = params;
  step.set("momentum", 0.0);  // it is in what the workers vote on, and not once more in the step
  return make_star({.exchange = {.up_compressor = sign,
                                 .up = ChannelKind::direct,
                                 .down_compressor = sign,
                                 .down = ChannelKind::direct,
                                 .sum = true},
                    .place = StarPlan::Place::workers,
                    .optimizer = {"sgd", step},
                    .direction = OptimizerChoice{"sgd", params}},
                   params, context);
}

}  // namespace

Part<AlgorithmMaker> part_signsgd() {
  return {"signsgd",
          "the majority of the workers' gradient signs, a bit each way (Bernstein et al. 2018)",
          join({Schedule::params(), sgd_params(), local_steps_params()}),
          {.on_server = true, .make = make}};
}

}  // namespace hearsay
