#include "core/aggregator.h"

// A new aggregator: a file pair in this folder, and its name in this list.
#define HEARSAY_AGGREGATORS(PART) \
  PART(mean)                      \
  PART(trimmed_mean)              \
  PART(median)                    \
  PART(centered_clipping)         \
  PART(clipped_gossip)

namespace hearsay {

#define HEARSAY_DECLARE(name) Part<AggregatorMaker> part_##name();
HEARSAY_AGGREGATORS(HEARSAY_DECLARE)
#undef HEARSAY_DECLARE

const Registry<AggregatorMaker>& aggregators() {
#define HEARSAY_ROW(name) part_##name(),
  static const Registry<AggregatorMaker> kRegistry("aggregator",
                                                   {HEARSAY_AGGREGATORS(HEARSAY_ROW)});
#undef HEARSAY_ROW
  return kRegistry;
}

const Catalogue& aggregator_catalogue() {
  return aggregators().catalogue();
}

std::unique_ptr<Aggregator> make_aggregator(const Params& params) {
  return aggregators().at(params.part()).make.make(params);
}

}  // namespace hearsay
