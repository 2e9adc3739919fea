#include "core/optimizers/amsgrad.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/local_steps.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star.h"

// AMSGrad with gradients compressed both ways with error feedback: the other baseline of CD-Adam's
// paper (Wang, Lin, Chen, AISTATS 2022, section 5).
//
//   worker i: c_i = C(g_i + e_i);  e_i <- g_i + e_i - c_i                      (up: error-feedback)
//   server:   g = (1/n) sum_i c_i;  c = C(g + e);  e <- g + e - c              (down: the same)
//   worker i: AMSGrad on c; all workers' models stay equal bit for bit

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  const auto compressor = algorithm_compressor(params, *context.layout);
  return make_star({.exchange = {.up_compressor = compressor,
                                 .up = ChannelKind::error_feedback,
                                 .down_compressor = compressor,
                                 .down = ChannelKind::error_feedback,
                                 .aggregator = server_aggregator(params, *context.network)},
                    .place = StarPlan::Place::workers,
                    .optimizer = {"amsgrad", params}},
                   params, context);
}

}  // namespace

Part<AlgorithmMaker> part_ef_amsgrad() {
  return {"ef-amsgrad",
          "compressed gradients with error feedback both ways, AMSGrad at every worker",
          join({Schedule::params(),
                {compressor_param(), aggregation_param()},
                amsgrad_params(),
                local_steps_params()}),
          {.on_server = true, .make = make}};
}

}  // namespace hearsay
