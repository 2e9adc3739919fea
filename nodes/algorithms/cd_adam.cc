#include "core/optimizers/amsgrad.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/local_steps.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star.h"

// CD-Adam (Wang, Lin, Chen, "Communication-compressed adaptive gradient method for distributed
// nonconvex optimization", AISTATS 2022, Algorithm 1): markov channels both ways, AMSGrad at every
// worker.
//
//   worker i: c_i = C(g_i - g^_i);  g^_i <- g^_i + c_i                     (up: markov on g_i)
//   server:   g^ <- g^ + (1/n) sum_i c_i;  c = C(g^ - g~);  g~ <- g~ + c   (down: markov on g^)
//   worker i: g~ <- g~ + c;  AMSGrad on g~; all workers' models stay equal bit for bit

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  require_mean(params, "ef-amsgrad");
  const auto compressor = algorithm_compressor(params, *context.layout);
  return make_star({.exchange = {.up_compressor = compressor,
                                 .up = ChannelKind::markov,
                                 .down_compressor = compressor,
                                 .down = ChannelKind::markov},
                    .place = StarPlan::Place::workers,
                    .optimizer = {"amsgrad", params}},
                   params, context);
}

}  // namespace

Part<AlgorithmMaker> part_cd_adam() {
  return {"cd-adam",
          "compressed gradient differences both ways, AMSGrad at every worker (Wang et al. 2022)",
          join({Schedule::params(),
                {compressor_param(), mean_aggregation_param()},
                amsgrad_params(),
                local_steps_params()}),
          {.on_server = true, .make = make}};
}

}  // namespace hearsay
