#include "core/compressors/natural.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cfloat>
#include <cmath>

#include "core/compressors/signs.h"
#include "core/compressors/wire.h"
#include "core/simd/signs.h"

namespace hearsay {

namespace {

constexpr double kOmega = 0.125;
constexpr int kCodes = 255;  // without zero
constexpr unsigned kFractionBits = 23;
constexpr std::uint32_t kFraction = (1U << kFractionBits) - 1;
constexpr std::uint32_t kInfinity = 0x7f800000U;
constexpr int kNotFinite = 255;  // as a top, for vectors that hold NaN or infinity

/// |x| = (1 + fraction / 2^23) 2^exponent, for x that is not zero.
struct Split {
  int exponent;
  std::uint32_t fraction;
};

Split split(std::uint32_t magnitude) {
  if (magnitude > kFraction)
    return {static_cast<int>(magnitude >> kFractionBits) - 127, magnitude & kFraction};
  // Subnormal: magnitude * 2^-149, whose leading bit is the power of two.
  const unsigned leading = static_cast<unsigned>(std::bit_width(magnitude)) - 1;
  return {Natural::kLeast + static_cast<int>(leading),
          (magnitude << (kFractionBits - leading)) & kFraction};
}

std::uint32_t magnitude(float x) {
  return std::bit_cast<std::uint32_t>(x) & ~0x80000000U;
}

/// The largest power that x may be rounded to.
int top_of(ConstVectorView x) {
  std::uint32_t largest = 0;
  for (const float value : x) largest = std::max(largest, magnitude(value));
  if (largest >= kInfinity) return kNotFinite;
  if (largest == 0) return Natural::kLeast;
  const Split parts = split(largest);
  return parts.exponent + (parts.fraction > 0 ? 1 : 0);
}

}  // namespace

Natural::Natural(std::size_t dimension, bool scaled)
    : Compressor(dimension), scaling_(kOmega, scaled) {
  for (int a = kLeast; a <= kMost; ++a)
    values_[static_cast<std::size_t>(a - kLeast)] =
        static_cast<float>(std::min(std::ldexp(1.0 / scaling_.divisor(), a), double{FLT_MAX}));
}

std::size_t Natural::payload_size() const {
  return 4 + dimension() + wire::bytes_for_bits(dimension());
}

std::uint64_t Natural::encode(ConstVectorView x, Stream& stream, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  const int top = top_of(x);
  std::byte* to = wire::grow(out, payload_size());
  wire::store(to, static_cast<std::uint32_t>(top));
  to += 4;
  for (const float value : x) {
    const auto drawn = static_cast<std::uint32_t>(stream() >> (64U - kFractionBits));
    const std::uint32_t size = magnitude(value);
    int code = 0;
    if (size != 0 && top != kNotFinite) {
      // Up with probability fraction / 2^23, exactly.
      const Split parts = split(size);
      code = std::max(0, parts.exponent + (drawn < parts.fraction ? 1 : 0) - top + kCodes);
    }
    *to++ = static_cast<std::byte>(code);
  }
  simd::pack_signs(x, to);
  return 9 * std::uint64_t{dimension()};
}

std::optional<std::string> Natural::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, payload_size())) return wrong;
  const auto top = static_cast<int>(wire::load<std::uint32_t>(payload.data()));
  if (top < kLeast || top > kMost)
    return fmt::format("top exponent {}, those of finite values are {} to {}", top, kLeast, kMost);
  const int least = kLeast - top + kCodes;  // the code of 2^-149
  const auto codes = payload.subspan(4, dimension());
  const auto bad = std::find_if(codes.begin(), codes.end(), [&](std::byte code) {
    return code != std::byte{0} && std::to_integer<int>(code) < least;
  });
  if (bad != codes.end())
    return fmt::format("code {}, the least is {}", std::to_integer<int>(*bad), least);
  return wire::check_tail(payload.subspan(4 + dimension()), dimension());
}

void Natural::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == payload_size() && y.size() == dimension());
  const auto top = static_cast<int>(wire::load<std::uint32_t>(payload.data()));
  const std::byte* codes = payload.data() + 4;
  const std::byte* signs = codes + dimension();
  const int shift = top - kCodes - kLeast;  // from a code to its place among the values
  for (std::size_t j = 0; j < y.size(); ++j) {
    const int code = std::to_integer<int>(codes[j]);
    const int place = code + shift;
    const float value = code == 0 ? 0.0F : values_[static_cast<std::size_t>(place)];
    y[j] += weight * with_sign(value, signs[j / 8], j % 8);
  }
}

std::unique_ptr<Compressor> Natural::resized(std::size_t dimension) const {
  return std::make_unique<Natural>(dimension, !scaling_.variance().has_value());
}

Part<MakeCompressor> part_natural() {
  return {"natural",
          "powers of two, rounded at random: sign and exponent (Horvath et al. 2022)",
          {scaled_param()},
          [](const Params& params, const Layout& layout) -> std::unique_ptr<Compressor> {
            return std::make_unique<Natural>(layout.dimension(), params.flag("scaled"));
          }};
}

}  // namespace hearsay
