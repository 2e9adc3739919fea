#include "core/aggregators/trimmed_mean.h"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <cmath>

#include "core/aggregators/columns.h"

namespace hearsay {

std::size_t TrimmedMean::trimmed(std::size_t n) const {
  if (const auto* count = std::get_if<std::size_t>(&trim_)) return *count;
  constexpr double kRoundings = 1e-9;  // 0.29 of 100 is 29
  return static_cast<std::size_t>(
      std::floor(std::get<double>(trim_) * static_cast<double>(n) + kRoundings));
}

std::optional<std::string> TrimmedMean::impossible_for(std::size_t n) const {
  const std::size_t b = trimmed(n);
  if (2 * b >= n)
    return fmt::format("trims {} a side of {} vectors, allowed are at most {}", b, n, (n - 1) / 2);
  if (b == 0 && n > 1) return fmt::format("trims nothing of {} vectors", n);
  return std::nullopt;
}

void TrimmedMean::aggregate(const PeerVectors& peers, VectorView x, Workspace& work) const {
  assert(!impossible_for(peers.count()) && x.size() == peers.dimension());
  const std::size_t b = trimmed(peers.count());
  const std::size_t end = peers.count() - b;
  const auto kept = static_cast<double>(end - b);
  for_sorted_columns(peers, work, [&](const SortedColumns& columns) {
    std::array<double, SortedColumns::kMost> sums{};
    for (std::size_t r = b; r < end; ++r) {
      const ConstVectorView row = columns.at(r);
      for (std::size_t c = 0; c < row.size(); ++c) sums[c] += static_cast<double>(row[c]);
    }
    float* to = x.data() + columns.first();
    for (std::size_t c = 0; c < columns.size(); ++c) to[c] = static_cast<float>(sums[c] / kept);
  });
}

namespace {

TrimmedMean::Trim trim_of(const Params& params) {
  const bool by_count = params.has("count");
  if (by_count && params.has("fraction"))
    throw ParamError("count", "trimmed-mean takes count or fraction, not both");
  if (by_count) return static_cast<std::size_t>(params.integer("count"));
  if (!params.has("fraction")) throw ParamError("count", "trimmed-mean needs count or fraction");
  return params.number("fraction");
}

}  // namespace

Part<AggregatorMaker> part_trimmed_mean() {
  return {"trimmed-mean",
          "the mean of each coordinate without its largest and smallest values (Yin et al. 2018)",
          {integer("count",
                   "b, the values dropped on each side: as many poisoned senders as it is "
                   "to stand")
               .at_least(1),
           number("fraction", "b as a share of the vectors, rounded down, in place of count")
               .above(0)
               .below(0.5)},
          {.make = [](const Params& params) -> std::unique_ptr<Aggregator> {
            return std::make_unique<TrimmedMean>(trim_of(params));
          }}};
}

}  // namespace hearsay
