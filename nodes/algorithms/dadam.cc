#include "core/optimizers/amsgrad.h"
#include "nodes/algorithms/dpsgd.h"
#include "nodes/algorithms/settings.h"

// DADAM (Nazari, Tarzanagh, Michailidis, "DADAM: a consensus-based distributed adaptive gradient
// method for online optimization", 2019): D-PSGD with AMSGrad's direction, each node with moments
// of its own. Nodes whose second moments differ settle on a biased point; damsgrad mends that.

namespace hearsay {

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return make_dpsgd(params, context, "amsgrad", "choco-amsgrad");
}

}  // namespace

Part<AlgorithmMaker> part_dadam() {
  return {"dadam",
          "gossip of full models and a local AMSGrad step (Nazari et al. 2019)",
          join({dpsgd_params(), amsgrad_params()}),
          {.mixing = Mixing::doubly_stochastic, .make = make}};
}

}  // namespace hearsay
