#include "core/optimizers/amsgrad.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/local_steps.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star.h"

// Distributed AMSGrad, the uncompressed baseline of the star: the server averages the workers'
// gradients and takes an AMSGrad step (Reddi, Kale, Kumar, ICLR 2018, Algorithm 2) on their mean.

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  require_identity(params, "dist-amsgrad", "spars-ams");
  const auto identity = dense(*context.layout);
  return make_star({.exchange = {.up_compressor = identity,
                                 .down_compressor = identity,
                                 .aggregator = server_aggregator(params, *context.network)},
                    .place = StarPlan::Place::server,
                    .optimizer = {"amsgrad", params}},
                   params, context);
}

}  // namespace

Part<AlgorithmMaker> part_dist_amsgrad() {
  return {"dist-amsgrad",
          "AMSGrad at the server on the mean of full gradients: the uncompressed baseline",
          join({Schedule::params(),
                {dense_compressor_param(), aggregation_param()},
                amsgrad_params(),
                local_steps_params()}),
          {.on_server = true, .make = make}};
}

}  // namespace hearsay
