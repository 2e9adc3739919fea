#include "nodes/algorithms/comp_ams.h"

#include "core/optimizers/amsgrad.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/local_steps.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star.h"

namespace hearsay {

std::vector<Param> comp_ams_params() {
  return join({Schedule::params(),
               {compressor_param(),
                boolean("error_feedback", "false drops what compression leaves out, for comparison")
                    .by_default(true),
                aggregation_param()},
               amsgrad_params(),
               local_steps_params()});
}

std::unique_ptr<Algorithm> make_comp_ams(const Params& params, const NodeContext& context) {
  return make_star({.exchange = {.up_compressor = algorithm_compressor(params, *context.layout),
                                 .up = params.flag("error_feedback") ? ChannelKind::error_feedback
                                                                     : ChannelKind::direct,
                                 .down_compressor = dense(*context.layout),
                                 .down = ChannelKind::direct,
                                 .aggregator = server_aggregator(params, *context.network)},
                    .place = StarPlan::Place::server,
                    .optimizer = {"amsgrad", params}},
                   params, context);
}

Part<AlgorithmMaker> part_comp_ams() {
  return {"comp-ams",
          "compressed gradients with error feedback, AMSGrad at the server (Li et al. 2022)",
          comp_ams_params(),
          {.on_server = true, .make = make_comp_ams}};
}

}  // namespace hearsay
