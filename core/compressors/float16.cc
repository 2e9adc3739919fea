#include "core/compressors/float16.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>

#include "core/compressors/wire.h"
#include "core/simd/float16.h"
#include "core/vector_ops.h"

namespace hearsay {

namespace {

constexpr int kLeastExponent = -125;           // of e
constexpr unsigned kMostCode = 112 + 125;      // E = 127
constexpr unsigned kNotFinite = 255;           // never sent by a sound sender
constexpr std::uint32_t kLargest = 0x7bffU;    // 65504
constexpr std::uint32_t kUpperHalf = 0x7800U;  // 2^15

/// 2^e of a normal float.
float power_of_two(int e) {
  assert(-126 <= e && e <= 127);
  return std::bit_cast<float>(static_cast<std::uint32_t>(e + 127) << 23U);
}

/// The float16 nearest to x, |x| < 2^16. Without branches, for the vectorizer.
std::uint16_t nearest_half(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  // Normal: the exponent is rebiased from 127 to 15, and 13 bits of the mantissa go. Adding just
  // below half of their unit, and one more when the rest is odd, rounds halves to even.
  const std::uint32_t normal =
      (magnitude - (112U << 23U) + 0xfffU + (magnitude >> 13U & 1U)) >> 13U;
  // Below 2^-14 the units are 2^-24, as those of floats from 1/2 on: the sum rounds by itself.
  const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
  const std::uint32_t small = std::bit_cast<std::uint32_t>(shifted) - (126U << 23U);
  const std::uint32_t rounded = magnitude < (113U << 23U) ? small : std::min(normal, kLargest);
  return static_cast<std::uint16_t>((bits >> 16U & 0x8000U) | rounded);
}

}  // namespace

double float16_error(std::size_t count) {
  return std::min(1.0, 0x1p-22 + 0x1p-80 * static_cast<double>(count));
}

void store_float16(ConstVectorView x, std::byte* to) {
  const float largest = norm_inf(x);
  if (!std::isfinite(largest)) {
    std::fill_n(to, float16_size(x.size()), std::byte{kNotFinite});
    return;
  }
  const int largest_exponent = static_cast<int>(std::bit_cast<std::uint32_t>(largest) >> 23U) - 127;
  const int e = std::max(largest_exponent - 15, kLeastExponent);
  *to++ = static_cast<std::byte>(e - kLeastExponent);
  // Exact but for what is far below the least float16, which is zero either way.
  const float scale = power_of_two(-e);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::uint16_t half = nearest_half(x[i] * scale);
    wire::store(to + 2 * i, half);
  }
}

std::optional<std::string> check_float16(ByteView bytes, std::size_t count) {
  assert(bytes.size() == float16_size(count));
  const auto code = std::to_integer<unsigned>(bytes[0]);
  if (code == kNotFinite) return "values that are not finite";
  if (code > kMostCode)
    return fmt::format("exponent {} of the values, the largest is {}", code, kMostCode);
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t half = wire::load<std::uint16_t>(bytes.data() + 1 + 2 * i);
    largest = std::max(largest, half & 0x7fffU);
  }
  if (largest > kLargest) return "a value is not finite";
  if (code > 0 && largest < kUpperHalf) return "exponent of the values larger than they need";
  return std::nullopt;
}

void load_float16(const std::byte* from, std::size_t first, std::span<float> values) {
  const float unit = power_of_two(std::to_integer<int>(*from) + kLeastExponent);
  simd::widen(from + 1 + 2 * first, values.size(), unit, values.data());
}

}  // namespace hearsay
