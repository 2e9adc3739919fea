#include "core/optimizers/sgd.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/local_steps.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star.h"

// DoubleSqueeze (Tang, Lian, Yu, Zhang, Liu, "DoubleSqueeze: parallel stochastic gradient descent
// with double-pass error-compensated compression", ICML 2019, Algorithm 1):
//
//   worker i: v_i = g_i + e_i;  c_i = C(v_i);  e_i <- v_i - c_i             (up: error-feedback)
//   server:   v = (1/n) sum_i c_i + e;  c = C(v);  e <- v - c               (down: error-feedback)
//   worker i: x <- x - eta c; all workers' models stay equal bit for bit

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
                    .optimizer = {"sgd", params}},
                   params, context);
}

}  // namespace

Part<AlgorithmMaker> part_ef_sgd() {
  return {"ef-sgd",
          "compressed gradients with error feedback both ways, SGD (DoubleSqueeze, Tang et al. "
          "2019)",
          join({Schedule::params(),
                {compressor_param(), aggregation_param()},
                sgd_params(),
                local_steps_params()}),
          {.on_server = true, .make = make}};
}

}  // namespace hearsay
