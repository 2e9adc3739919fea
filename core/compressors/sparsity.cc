#include "core/compressors/sparsity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace hearsay {

namespace {

/// Adds `more` to the counts, which are 1 where a layer is not empty, in proportion to what is left
/// of the layers. No layer gets more than it has: more <= sum_l (d_l - 1), so its exact share is at
/// most d_l - 1, and is rounded up only when it is no whole number.
void share_out(std::size_t more, const Layout& layout, std::size_t layers,
               std::vector<std::size_t>& counts) {
  const std::uint64_t all = layout.dimension() - layers;
  if (all == 0) return;
  std::vector<std::pair<std::uint64_t, std::size_t>> remainders;  // of the division by `all`; layer
  std::size_t left = more;
  for (std::size_t l = 0; l < counts.size(); ++l) {
    if (counts[l] == 0) continue;
    const std::uint64_t share = std::uint64_t{more} * (layout.layers()[l].size - 1);
    counts[l] += share / all;
    left -= share / all;
    remainders.emplace_back(share % all, l);
  }
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; i < left; ++i) ++counts[remainders[i].second];
}

}  // namespace

std::vector<Param> sparsity_params() {
  return {number("ratio", "share of the coordinates to keep").above(0).at_most(1),
          integer("k", "number of coordinates to keep, in place of ratio").at_least(1)};
}

std::size_t count_of_ratio(double ratio, std::size_t dimension) {
  const double share = std::floor(ratio * static_cast<double>(dimension) + 0.5);
  return std::clamp<std::size_t>(static_cast<std::size_t>(share), 1, dimension);
}

std::size_t kept_count(const Params& params, std::size_t dimension) {
  const bool by_ratio = params.has("ratio");
  if (by_ratio && params.has("k"))
    throw ParamError("k", params.part() + " takes ratio or k, not both");
  if (by_ratio) return count_of_ratio(params.number("ratio"), dimension);
  if (!params.has("k")) throw ParamError("ratio", params.part() + " needs ratio or k");
  const auto k = static_cast<std::size_t>(params.integer("k"));
  if (k > dimension)
    throw ParamError(
        "k", fmt::format("must be at most the model's {} coordinates (got {})", dimension, k));
  return k;
}

std::vector<std::size_t> kept_counts(const Params& params, const Layout& layout) {
  const std::size_t k = kept_count(params, layout.dimension());
  std::vector<std::size_t> counts;
  for (const Layer& layer : layout.layers()) counts.push_back(layer.size > 0 ? 1 : 0);
  if (params.has("ratio")) {
    for (std::size_t l = 0; l < counts.size(); ++l)
      if (counts[l] > 0)
        counts[l] = count_of_ratio(params.number("ratio"), layout.layers()[l].size);
    return counts;
  }
  const auto layers = static_cast<std::size_t>(std::count(counts.begin(), counts.end(), 1U));
  if (k < layers)
    throw ParamError("k", fmt::format("must be at least the {} layers of the model, of each of "
                                      "which scope: layer keeps one (got {})",
                                      layers, k));
  share_out(k - layers, layout, layers, counts);
  return counts;
}

}  // namespace hearsay
