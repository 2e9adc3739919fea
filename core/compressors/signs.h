// Vectors of signs as bits: what the sign compressors share.
//
// Bit j % 8 of byte j / 8 belongs to coordinate j; 1 means negative. sign(0) = +1, for -0.0 too.
#pragma once

#include <bit>
#include <cstdint>

#include "core/types.h"

namespace hearsay {

/// mean_j |x_j| in double, rounded to float once. x: at least one value.
float mean_magnitude(ConstVectorView x);

/// Writes the signs of x over bytes_for_bits(x.size()) bytes, unused bits zero.
void pack_signs(ConstVectorView x, std::byte* to);

/// value or -value, as bit `place` of `bits` says: flipping the sign bit is exact, and needs no
/// branch on a random bit.
inline float with_sign(float value, std::byte bits, std::size_t place) {
  const std::uint32_t negative = (std::to_integer<std::uint32_t>(bits) >> place) & 1U;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ (negative << 31U));
}

/// y_j += scale * sign_j for begin <= j < end, where `bits` and y start at coordinate 0.
void add_signs(const std::byte* bits, std::size_t begin, std::size_t end, float scale,
               VectorView y);

}  // namespace hearsay
