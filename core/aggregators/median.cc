#include "core/aggregators/median.h"

#include <cassert>

#include "core/aggregators/columns.h"

namespace hearsay {

void Median::aggregate(const PeerVectors& peers, VectorView x, Workspace& work) const {
  assert(peers.count() >= 1 && x.size() == peers.dimension());
  const std::size_t lower = (peers.count() - 1) / 2;
  const std::size_t upper = peers.count() / 2;
  for_sorted_columns(peers, work, [&](const SortedColumns& columns) {
    const ConstVectorView a = columns.at(lower);
    const ConstVectorView b = columns.at(upper);
    float* to = x.data() + columns.first();
    for (std::size_t c = 0; c < columns.size(); ++c)
      to[c] = static_cast<float>((static_cast<double>(a[c]) + static_cast<double>(b[c])) / 2.0);
  });
}

Part<AggregatorMaker> part_median() {
  return {"median",
          "the median of each coordinate (Yin et al. 2018)",
          {},
          {.make = [](const Params&) -> std::unique_ptr<Aggregator> {
            return std::make_unique<Median>();
          }}};
}

}  // namespace hearsay
