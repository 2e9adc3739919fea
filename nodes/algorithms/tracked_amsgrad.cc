#include "core/optimizers/amsgrad.h"
#include "nodes/algorithms/beer.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return make_beer(params, context, "amsgrad");
}

}  // namespace

Part<AlgorithmMaker> part_tracked_amsgrad() {
  return {"tracked-amsgrad",
          "AMSGrad on BEER's gradient tracker: the decentralized counterpart of cd-adam",
          join({beer_params(), amsgrad_params()}),
          {.tracks_gradients = true, .make = make}};
}

}  // namespace hearsay
