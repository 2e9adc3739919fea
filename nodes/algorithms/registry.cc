#include "nodes/algorithm.h"
#include "nodes/algorithm_catalogue.h"

// A new algorithm: a file pair in this folder, and its name in this list.
#define HEARSAY_ALGORITHMS(PART) \
  PART(choco_amsgrad)            \
  PART(choco_sgd)                \
  PART(choco_gossip)             \
  PART(plain_gossip)             \
  PART(dpsgd)                    \
  PART(dadam)                    \
  PART(damsgrad)                 \
  PART(deepsqueeze)              \
  PART(dsgt)                     \
  PART(beer)                     \
  PART(tracked_amsgrad)          \
  PART(docom)                    \
  PART(d2)                       \
  PART(exact_diffusion)          \
  PART(powergossip)              \
  PART(sgp)                      \
  PART(ad_psgd)                  \
  PART(async_choco_amsgrad)      \
  PART(dist_amsgrad)             \
  PART(comp_ams)                 \
  PART(spars_ams)                \
  PART(qadam)                    \
  PART(cd_adam)                  \
  PART(naive_amsgrad)            \
  PART(ef_amsgrad)               \
  PART(ef21)                     \
  PART(ef_sgd)                   \
  PART(onebit_adam)              \
  PART(zero_one_adam)            \
  PART(signsgd)                  \
  PART(cada)

namespace hearsay {

#define HEARSAY_DECLARE(name) Part<AlgorithmMaker> part_##name();
HEARSAY_ALGORITHMS(HEARSAY_DECLARE)
#undef HEARSAY_DECLARE

const Registry<AlgorithmMaker>& algorithms() {
#define HEARSAY_ROW(name) part_##name(),
  static const Registry<AlgorithmMaker> kRegistry("algorithm", {HEARSAY_ALGORITHMS(HEARSAY_ROW)});
#undef HEARSAY_ROW
  return kRegistry;
}

const Catalogue& algorithm_catalogue() {
  return algorithms().catalogue();
}

}  // namespace hearsay
