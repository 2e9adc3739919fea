#include "core/optimizers/amsgrad.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/local_steps.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star.h"

// AMSGrad with gradients compressed both ways and no memory: what CD-Adam's paper (Wang, Lin, Chen,
// AISTATS 2022, section 3) shows not to converge, and measures itself against.
//
//   worker i: c_i = C(g_i)                      (up: direct on g_i)
//   server:   g = (1/n) sum_i c_i;  c = C(g)    (down: direct on g)
//   worker i: AMSGrad on c; all workers' models stay equal bit for bit

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  const auto compressor = algorithm_compressor(params, *context.layout);
  return make_star({.exchange = {.up_compressor = compressor,
                                 .up = ChannelKind::direct,
                                 .down_compressor = compressor,
                                 .down = ChannelKind::direct,
                                 .aggregator = server_aggregator(params, *context.network)},
                    .place = StarPlan::Place::workers,
                    .optimizer = {"amsgrad", params}},
                   params, context);
}

}  // namespace

Part<AlgorithmMaker> part_naive_amsgrad() {
  return {"naive-amsgrad",
          "compressed gradients both ways without memory, AMSGrad at every worker: a warning",
          join({Schedule::params(),
                {compressor_param(), aggregation_param()},
                amsgrad_params(),
                local_steps_params()}),
          {.on_server = true, .make = make}};
}

}  // namespace hearsay
