#include "topology/mixing.h"
#include "topology/mixing/weights.h"

// New mixing weights: a file pair in this folder, and its name in this list.
#define HEARSAY_MIXINGS(PART)   \
  PART(metropolis_weights)      \
  PART(lazy_metropolis_weights) \
  PART(max_degree_weights)      \
  PART(uniform_weights)         \
  PART(explicit_weights)

namespace hearsay {

#define HEARSAY_DECLARE(name) Part<MakeMixing> part_##name();
HEARSAY_MIXINGS(HEARSAY_DECLARE)
#undef HEARSAY_DECLARE

const Registry<MakeMixing>& mixings() {
#define HEARSAY_ROW(name) part_##name(),
  static const Registry<MakeMixing> kRegistry("mixing", {HEARSAY_MIXINGS(HEARSAY_ROW)});
#undef HEARSAY_ROW
  return kRegistry;
}

const Catalogue& mixing_catalogue() {
  return mixings().catalogue();
}

MixingMatrix make_mixing(const Params& params, const Topology& graph) {
  MixingMatrix w = mixings().at(params.part()).make(params, graph);
  check_mixing(w, graph);
  return w;
}

}  // namespace hearsay
