#include "core/optimizers/amsgrad.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star.h"

// SPARS-AMS, the top-k case of COMP-AMS (Li, Karimi, Li, "On distributed adaptive optimization with
// gradient compression", ICLR 2022, Algorithm 2):
//
//   line 4-7  worker i: g_i at x_t;  c_i = C(g_i + e_i);  e_i <- g_i + e_i - c_i      (up:
//   error-feedback) line 9    server: g = (1/n) sum_i c_i line 10   server: AMSGrad on g, the
//   moments only here; x to all workers, in full  (down: direct)

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  StarPlan plan;
  plan.up_compressor = algorithm_compressor(params, *context.layout);
  plan.up = ChannelKind::error_feedback;
  plan.down_compressor = dense(*context.layout);
  plan.place = StarPlan::Place::server;
  return make_star(plan, params, context);
}

}  // namespace

Part<AlgorithmMaker> part_spars_ams() {
  return {
      "spars-ams",
      "compressed gradients with error feedback, AMSGrad at the server (COMP-AMS, Li et al. 2022)",
      join({Schedule::params(), {compressor_param()}, amsgrad_params()}),
      {.on_server = true, .make = make}};
}

}  // namespace hearsay
