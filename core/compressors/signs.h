// What the sign compressors share; the signs themselves are packed in core/simd/signs.h.
#pragma once

#include <bit>
#include <cstdint>

#include "core/types.h"

namespace hearsay {

/// mean_j |x_j| in double, rounded to float once. x: at least one value.
float mean_magnitude(ConstVectorView x);

/// value or -value, as bit `place` of `bits` says: flipping the sign bit is exact, and needs no
/// branch on a random bit.
inline float with_sign(float value, std::byte bits, std::size_t place) {
  const std::uint32_t negative = (std::to_integer<std::uint32_t>(bits) >> place) & 1U;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ (negative << 31U));
}

}  // namespace hearsay
