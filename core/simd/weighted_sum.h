// Weighted sums of vectors that lie in messages: what a node makes of its neighbours' models, in
// one pass over all of them.
#pragma once

#include <span>

#include "core/types.h"

namespace hearsay::simd {

/// As many floats as the sum has, at any address.
struct WeightedRow {
  const std::byte* values = nullptr;
  float weight = 0.0F;
};

/// x_j <- ((0 + w_0 r_0j) + w_1 r_1j) + ..., in float, products and sums apart: the same bits on
/// every CPU. A row may be x itself. Returns whether all of x is finite then.
bool weighted_sum(std::span<const WeightedRow> rows, VectorView x);

/// delta_j <- ((0 + w_0 (r_0j - x_j)) + w_1 (r_1j - x_j)) + ..., likewise.
void weighted_differences(std::span<const WeightedRow> rows, ConstVectorView x, VectorView delta);

/// y_j <- x_j + gamma (((0 + w_0 r_0j) + w_1 r_1j) + ...), likewise. Returns whether all of y is
/// finite.
bool weighted_step(std::span<const WeightedRow> rows, ConstVectorView x, float gamma, VectorView y);

}  // namespace hearsay::simd
