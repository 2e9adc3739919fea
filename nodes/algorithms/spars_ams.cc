#include "nodes/algorithms/comp_ams.h"

// SPARS-AMS: COMP-AMS under the name that it has with top-k.

namespace hearsay {

Part<AlgorithmMaker> part_spars_ams() {
  return {"spars-ams",
          "comp-ams by its name with top-k: sparse gradients, AMSGrad at the server",
          comp_ams_params(),
          {.on_server = true, .make = make_comp_ams}};
}

}  // namespace hearsay
