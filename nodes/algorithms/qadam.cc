#include "core/optimizers/adaptive.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/local_steps.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star.h"

// QAdam (Chen, Shen, Huang, Liu, "Quantized Adam with error feedback", ACM TIST 2021):
//
//   worker i: m_i <- beta1 m_i + (1 - beta1) g_i;  v_i <- beta2 v_i + (1 - beta2) g_i^2
//             a_i = m_i / sqrt(v_i + epsilon)
//             c_i = C(a_i + e_i);  e_i <- a_i + e_i - c_i   (up: error-feedback on a_i)
//   server:   x <- x - eta (1/n) sum_i c_i;  x to all       (down: direct and dense)
//
// downlink: quantized is the paper's two-way form: Q(x) goes down (direct(Q)), without memory; the
// server keeps the exact x, and the workers compute their gradients at Q(x). With local steps a
// worker follows its own a_i between two exchanges.

namespace hearsay {

namespace {

Param downlink_compressor_param() {
  Params uniform;
  uniform.set("name", "uniform");
  uniform.set("bits", 8);
  return part("downlink_compressor", compressor_catalogue, "Q, applied to x where it is quantized")
      .by_default(uniform);
}

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  const bool two_way = params.text("downlink") == "quantized";
  return make_star(
      {.exchange = {.up_compressor = algorithm_compressor(params, *context.layout),
                    .up = ChannelKind::error_feedback,
                    .down_compressor = two_way ? algorithm_compressor(params, *context.layout,
                                                                      "downlink_compressor")
                                               : dense(*context.layout),
                    .down = ChannelKind::direct,
                    .aggregator = server_aggregator(params, *context.network)},
       .place = StarPlan::Place::server,
       .optimizer = {"sgd", params},
       .direction = OptimizerChoice{"adam", params}},
      params, context);
}

}  // namespace

Part<AlgorithmMaker> part_qadam() {
  return {"qadam",
          "compressed Adam directions of every worker with error feedback (Chen et al. 2021)",
          join({Schedule::params(),
                {compressor_param(),
                 choice("downlink", {"dense", "quantized"},
                        "how the model goes down: in full, or as Q(x)")
                     .by_default("dense"),
                 downlink_compressor_param(), aggregation_param()},
                moment_params(),
                local_steps_params()}),
          {.on_server = true, .make = make}};
}

}  // namespace hearsay
