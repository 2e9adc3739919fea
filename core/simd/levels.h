// Even levels of a norm: rounding to them, their codes, and the values back. Compiled for several
// CPUs (Highway); all give the same bits.
#pragma once

#include <cstdint>
#include <span>

#include "core/types.h"

namespace hearsay::simd {

/// codes_j = round(steps x_j / norm) + steps, halves away from zero, exactly. |x_j| <= norm, which
/// is positive and finite; 1 <= steps <= 32767.
void nearest_codes(ConstVectorView x, float norm, int steps, std::span<std::int32_t> codes);

/// Codes that fill bytes evenly are written and read in one go.
constexpr bool is_packed_at_once(unsigned bits) {
  return bits == 4 || bits == 8;
}

/// The same codes in `bits` bits each, in whole bytes: unused bits are zero. `next`: what will be
/// read soon, to be fetched from memory meanwhile, as much as x has; null if there is none.
void pack_nearest(ConstVectorView x, float norm, int steps, unsigned bits, std::byte* to,
                  const float* next = nullptr);

/// The levels of such codes.
void unpack_codes(const std::byte* from, int steps, unsigned bits, std::span<std::int32_t> levels);

/// y_j += weight * (norm * (float(level_j) / float(steps))), all in float.
void add_levels(std::span<const std::int32_t> levels, float norm, int steps, float weight,
                VectorView y);

}  // namespace hearsay::simd
