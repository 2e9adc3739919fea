#include "core/compressors/sparsity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hearsay {

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

}  // namespace hearsay
