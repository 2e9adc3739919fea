// How many coordinates a sparse compressor keeps: the settings that top-k and random-k share.
#pragma once

#include <cstddef>
#include <vector>

#include "core/layout.h"
#include "core/params.h"

namespace hearsay {

/// The keys `ratio` (a number in (0, 1]) and `k` (at least 1); exactly one of them is given.
std::vector<Param> sparsity_params();

/// k = max(1, floor(ratio * d + 1/2)): the share rounded to the nearest count, halves up.
std::size_t count_of_ratio(double ratio, std::size_t dimension);

/// The k that `params` asks for in d >= 1 coordinates. Throws ParamError when both keys or none are
/// given, and ParamError("k", ...) when k is above d.
std::size_t kept_count(const Params& params, std::size_t dimension);

/// The same by layer, for layouts of d >= 1. Of a ratio: count_of_ratio for each layer. Of a k: one
/// for each of the L layers that are not empty, and the other k - L in proportion to d_l - 1 by
/// largest remainders (of equal ones the earlier layer), so that they add up to k. Throws
/// ParamError("k", ...) when k is below L.
std::vector<std::size_t> kept_counts(const Params& params, const Layout& layout);

}  // namespace hearsay
