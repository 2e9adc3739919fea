// Values as float16 (IEEE binary16) in units of 2^e, one e a message, so that none overflows and
// small ones count relative to the largest.
//
// With 2^E <= max |x_i| < 2^(E+1), e = max(E - 15, -125), which takes the largest to 2^15 or above:
// what is sent is the float16 nearest to x_i / 2^e, halves to even, and at most 65504, the largest.
//   Wire: u8 e + 125, then a u16 each, little-endian. A message must have the least e it can have.
// Values of at least 2^-29 of the largest keep 11 significant bits, smaller ones lose at most 2^-40
// of it, or nothing where e = -125, since then the units are those of floats. Products with 2^e are
// exact.
//   |C(x)_i - x_i| <= max(2^-11 |x_i|, 2^-40 max |x|), also where 65504 caps: x_i/2^e < 2^16 rounds
//   up to 2^16 from 65520 on, and (65536 - 65504)/65536 = 2^-11.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/types.h"

namespace hearsay {

constexpr std::size_t float16_size(std::size_t count) {
  return 1 + 2 * count;
}

/// delta^2 <= 1 with ||C(x) - x||^2 <= delta^2 ||x||^2 in R^count: 2^-22 + 2^-80 count.
double float16_error(std::size_t count);

/// Writes x. When it holds NaN or infinite values, the message is one that the check refuses.
void store_float16(ConstVectorView x, std::byte* to);

/// What is wrong with float16_size(count) bytes.
std::optional<std::string> check_float16(ByteView bytes, std::size_t count);

/// values_i = C(x)_(first + i), of a message that has passed the check and starts at `from`.
void load_float16(const std::byte* from, std::size_t first, std::span<float> values);

}  // namespace hearsay
