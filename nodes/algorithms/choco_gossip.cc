#include "nodes/algorithms/choco.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

namespace {

// Averaging needs something to average, and the public copies x^ start from zero, which everyone
// knows.
std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  auto node =
      std::make_unique<Choco>(context, algorithm_compressor(params, *context.layout),
                              params.number("gossip_step"), std::nullopt, ConstVectorView{});
  node->start_from(random_start(context));
  return node;
}

}  // namespace

Part<AlgorithmMaker> part_choco_gossip() {
  return {"choco-gossip",
          "averaging only, from a random vector on each node: the consensus diagnostic (Koloskova "
          "et al. 2019)",
          {compressor_param(), gossip_step_param()},
          {.trains = false, .make = make}};
}

}  // namespace hearsay
