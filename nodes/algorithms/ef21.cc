#include "core/optimizers/sgd.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/local_steps.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/star.h"

// EF21 (Richtarik, Sokolov, Fatkhullin, "EF21: a new, simpler, theoretically better, and
// practically faster error feedback", NeurIPS 2021, Algorithm 2), g^_i,0 = 0:
//
//   worker i: c_i = C(g_i - g^_i);  g^_i <- g^_i + c_i      (up: markov on g_i)
//   server:   g^ <- g^ + (1/n) sum_i c_i, to all workers    (down: direct and dense)
//   worker i: x <- x - eta g^; all workers' models stay equal bit for bit
//
// downlink: markov is its two-way form (EF21-BC: Fatkhullin, Sokolov, Gorbunov, Li, Richtarik,
// "EF21 with bells & whistles", 2021):
//
//   server:   c = C(g^ - g~);  g~ <- g~ + c                 (down: markov on g^)
//   worker i: g~ <- g~ + c;  x <- x - eta g~

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  require_mean(params, "ef-sgd");
  const auto compressor = algorithm_compressor(params, *context.layout);
  const bool two_way = params.text("downlink") == "markov";
  return make_star({.exchange = {.up_compressor = compressor,
                                 .up = ChannelKind::markov,
                                 .down_compressor = two_way ? compressor : dense(*context.layout),
                                 .down = two_way ? ChannelKind::markov : ChannelKind::direct},
                    .place = StarPlan::Place::workers,
                    .optimizer = {"sgd", params}},
                   params, context);
}

}  // namespace

Part<AlgorithmMaker> part_ef21() {
  return {"ef21",
          "compressed gradient differences, SGD (Richtarik et al. 2021); both ways if asked",
          join({Schedule::params(),
                {compressor_param(),
                 choice("downlink", {"dense", "markov"},
                        "how the mean gradient goes down: in full, or as compressed differences")
                     .by_default("dense"),
                 mean_aggregation_param()},
                sgd_params(),
                local_steps_params()}),
          {.on_server = true, .make = make}};
}

}  // namespace hearsay
