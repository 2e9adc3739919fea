// The logistic loss of many rows at once.
#pragma once

#include <cstddef>

namespace hearsay::simd {

/// Room that logistic_slopes asks for behind the last value.
constexpr std::size_t kLogisticSlack = 7;

/// With z = signs[k] * margins[k] for k < count, signs being +1 or -1:
///   exps[k] = exp(-|z|)                   what log(1 + exp(-z)) = log1p(exps[k]) + max(-z, 0)
///   needs slopes[k] = -signs[k] / (1 + exp(z))  the derivative of that by the margin
/// exp is within one unit in the last place, and 0 below exp(-708) = 3e-308; the same bits on every
/// CPU. All four arrays have room for kLogisticSlack more values,
/// which are read and written. Margins are finite.
void logistic_slopes(const double* margins, const double* signs, std::size_t count, double* exps,
                     double* slopes);

}  // namespace hearsay::simd
