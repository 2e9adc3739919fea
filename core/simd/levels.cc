#include "core/simd/levels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/levels.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cassert>

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::ScalableTag<float> kFloats{};
constexpr hn::RebindToSigned<decltype(kFloats)> kNumbers{};
constexpr hn::RebindToUnsigned<decltype(kFloats)> kWords{};
using Numbers = hn::Vec<decltype(kNumbers)>;
constexpr hn::Rebind<std::uint8_t, decltype(kFloats)> kOctets{};
using Floats = hn::Vec<decltype(kFloats)>;
constexpr std::size_t kWidth = hn::MaxLanes(kFloats);
constexpr std::size_t kFour = 4;
constexpr std::size_t kAhead = 1024;

/// s x_j is exact in double and the quotient is rounded once, which cannot move it across a half:
/// two floats within a factor 2^16 have no quotient that close to one. So adding a half and cutting
/// off is rounding half away from zero.
HWY_INLINE std::int32_t ExactLevel(float x, double norm, int steps) {
  const double level = double{x} * steps / norm;
  return static_cast<std::int32_t>(level + __builtin_copysign(0.5, level));
}

/// With few steps, x_j times a float near steps / norm is off by less than steps 2^-22; where that
/// leaves no doubt, the nearest whole number is the level. Adding 1.5 2^23 leaves it in the last
/// bits of a float, and adding s too its code. The few others are done again.
class Rounding {
 public:
  Rounding(float norm, int steps)
      : norm_(norm),
        steps_(steps),
        inverse_(static_cast<float>(steps / double{norm})),
        sure_(0.5F - (static_cast<float>(steps) * 0x1.0p-21F + 0x1.0p-21F)) {}

  bool is_fast() const { return steps_ <= 2047 && inverse_ > 1e-30F && inverse_ < 1e30F; }

  /// Floats of a vector's worth, whose last bits are the codes level + steps; `rest`: how far the
  /// levels were moved.
  HWY_INLINE Floats round(const float* x, Floats& rest) const {
    const auto magic = hn::Set(kFloats, 0x1.8p23F + static_cast<float>(steps_));
    const auto level = hn::Mul(hn::LoadU(kFloats, x), hn::Set(kFloats, inverse_));
    const auto shifted = hn::Add(level, magic);
    rest = hn::Abs(hn::Sub(level, hn::Sub(shifted, magic)));
    return shifted;
  }
  HWY_INLINE bool in_doubt(Floats rest) const {
    return !hn::AllFalse(kFloats, hn::Gt(rest, hn::Set(kFloats, sure_)));
  }

  /// The codes of a vector's worth.
  HWY_INLINE Numbers codes(const float* x) const {
    Floats rest;
    const auto shifted = round(x, rest);
    if (HWY_UNLIKELY(in_doubt(rest))) {
      HWY_ALIGN std::int32_t exact[kWidth];
      for (std::size_t l = 0; l < kWidth; ++l) exact[l] = code(x[l]);
      return hn::Load(kNumbers, exact);
    }
    return hn::And(hn::BitCast(kNumbers, shifted), hn::Set(kNumbers, 0xffff));
  }
  HWY_INLINE std::int32_t code(float x) const { return ExactLevel(x, norm_, steps_) + steps_; }

  /// The same of four vectors, handed to store(v, codes), where only the last eight bits count: one
  /// look for doubts. `next`: see pack_nearest.
  template <class Store>
  HWY_INLINE void codes_of_four(const float* x, const float* next, Store store) const {
    Floats shifted[kFour];
    Floats rest[kFour];
    for (std::size_t v = 0; v < kFour; ++v) {
      hwy::Prefetch(next + v * kWidth);
      shifted[v] = round(x + v * kWidth, rest[v]);
    }
    if (HWY_UNLIKELY(in_doubt(hn::Max(hn::Max(rest[0], rest[1]), hn::Max(rest[2], rest[3]))))) {
      for (std::size_t v = 0; v < kFour; ++v) store(v, codes(x + v * kWidth));
      return;
    }
    for (std::size_t v = 0; v < kFour; ++v) store(v, hn::BitCast(kNumbers, shifted[v]));
  }

 private:
  double norm_;
  int steps_;
  float inverse_;
  float sure_;
};

void NearestCodes(const float* x, std::size_t size, float norm, int steps, std::int32_t* codes) {
  const Rounding rounding(norm, steps);
  std::size_t j = 0;
  if (rounding.is_fast())
    for (; j + kWidth <= size; j += kWidth) hn::StoreU(rounding.codes(x + j), kNumbers, codes + j);
  for (; j < size; ++j) codes[j] = rounding.code(x[j]);
}

void NearestOctets(const float* x, std::size_t size, float norm, int steps, std::uint8_t* to,
                   const float* next) {
  const Rounding rounding(norm, steps);
  std::size_t j = 0;
  if (rounding.is_fast())
    for (; j + kFour * kWidth <= size; j += kFour * kWidth)
      rounding.codes_of_four(x + j, next + j, [=](std::size_t v, Numbers codes) HWY_ATTR {
        const auto octets = hn::TruncateTo(kOctets, hn::BitCast(kWords, codes));
        hn::StoreU(octets, kOctets, to + j + v * kWidth);
      });
  for (; j < size; ++j) to[j] = static_cast<std::uint8_t>(rounding.code(x[j]));
}

/// Two codes a byte, the lower place first.
void NearestNibbles(const float* x, std::size_t size, float norm, int steps, std::uint8_t* to,
                    [[maybe_unused]] const float* next) {
  const Rounding rounding(norm, steps);
  std::size_t j = 0;
#if HWY_TARGET != HWY_SCALAR
  constexpr hn::Repartition<std::uint64_t, decltype(kFloats)> kPairs;
  constexpr hn::Rebind<std::uint8_t, decltype(kPairs)> kBytes;
  if (rounding.is_fast())
    for (; j + kFour * kWidth <= size; j += kFour * kWidth)
      rounding.codes_of_four(x + j, next + j, [=](std::size_t v, Numbers codes) HWY_ATTR {
        // The second of a pair moves to bits 4 to 7 of its word; what else is there is cut off.
        const auto pair = hn::BitCast(kPairs, hn::And(codes, hn::Set(kNumbers, 15)));
        hn::StoreU(hn::TruncateTo(kBytes, hn::Or(pair, hn::ShiftRight<28>(pair))), kBytes,
                   to + (j + v * kWidth) / 2);
      });
#endif
  for (; j < size; j += 2) {
    const int low = rounding.code(x[j]);
    const int high = j + 1 < size ? rounding.code(x[j + 1]) : 0;
    to[j / 2] = static_cast<std::uint8_t>(low | high << 4);
  }
}

void UnpackOctets(const std::uint8_t* from, std::size_t size, int steps, std::int32_t* levels) {
  const auto shift = hn::Set(kNumbers, steps);
  std::size_t j = 0;
  for (; j + kWidth <= size; j += kWidth)
    hn::StoreU(hn::Sub(hn::PromoteTo(kNumbers, hn::LoadU(kOctets, from + j)), shift), kNumbers,
               levels + j);
  for (; j < size; ++j) levels[j] = from[j] - steps;
}

void UnpackNibbles(const std::uint8_t* from, std::size_t size, int steps, std::int32_t* levels) {
  std::size_t j = 0;
#if HWY_TARGET != HWY_SCALAR
  constexpr hn::Repartition<std::uint64_t, decltype(kFloats)> kPairs;
  constexpr hn::Rebind<std::uint8_t, decltype(kPairs)> kBytes;
  constexpr hn::Rebind<std::uint32_t, decltype(kPairs)> kHalves;
  const auto shift = hn::Set(kNumbers, steps);
  const auto nibbles = hn::Set(kNumbers, 15);
  for (; j + kWidth <= size; j += kWidth) {
    const auto both =
        hn::PromoteTo(kPairs, hn::PromoteTo(kHalves, hn::LoadU(kBytes, from + j / 2)));
    const auto codes = hn::BitCast(kNumbers, hn::Or(both, hn::ShiftLeft<28>(both)));
    hn::StoreU(hn::Sub(hn::And(codes, nibbles), shift), kNumbers, levels + j);
  }
#endif
  for (; j < size; ++j) levels[j] = (from[j / 2] >> (j % 2 * 4) & 15) - steps;
}

void AddLevels(const std::int32_t* levels, std::size_t size, float norm, int steps, float weight,
               float* y) {
  const auto scale = static_cast<float>(steps);
  const auto all_norm = hn::Set(kFloats, norm);
  const auto all_scale = hn::Set(kFloats, scale);
  const auto all_weight = hn::Set(kFloats, weight);
  std::size_t j = 0;
  for (; j + kWidth <= size; j += kWidth) {
    hwy::Prefetch(y + j + kAhead);
    const auto level = hn::ConvertTo(kFloats, hn::LoadU(kNumbers, levels + j));
    const auto value = hn::Mul(all_norm, hn::Div(level, all_scale));
    hn::StoreU(hn::Add(hn::LoadU(kFloats, y + j), hn::Mul(all_weight, value)), kFloats, y + j);
  }
  for (; j < size; ++j) y[j] += weight * (norm * (static_cast<float>(levels[j]) / scale));
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay::simd {

HWY_EXPORT(NearestCodes);
HWY_EXPORT(NearestOctets);
HWY_EXPORT(NearestNibbles);
HWY_EXPORT(UnpackOctets);
HWY_EXPORT(UnpackNibbles);
HWY_EXPORT(AddLevels);

void nearest_codes(ConstVectorView x, float norm, int steps, std::span<std::int32_t> codes) {
  assert(x.size() == codes.size());
  HWY_DYNAMIC_DISPATCH(NearestCodes)(x.data(), x.size(), norm, steps, codes.data());
}

void pack_nearest(ConstVectorView x, float norm, int steps, unsigned bits, std::byte* to,
                  const float* next) {
  assert(is_packed_at_once(bits));
  auto* const octets = reinterpret_cast<std::uint8_t*>(to);
  if (next == nullptr) next = x.data();
  if (bits == 8)
    HWY_DYNAMIC_DISPATCH(NearestOctets)(x.data(), x.size(), norm, steps, octets, next);
  else
    HWY_DYNAMIC_DISPATCH(NearestNibbles)(x.data(), x.size(), norm, steps, octets, next);
}

void unpack_codes(const std::byte* from, int steps, unsigned bits, std::span<std::int32_t> levels) {
  assert(is_packed_at_once(bits));
  const auto* const octets = reinterpret_cast<const std::uint8_t*>(from);
  if (bits == 8)
    HWY_DYNAMIC_DISPATCH(UnpackOctets)(octets, levels.size(), steps, levels.data());
  else
    HWY_DYNAMIC_DISPATCH(UnpackNibbles)(octets, levels.size(), steps, levels.data());
}

void add_levels(std::span<const std::int32_t> levels, float norm, int steps, float weight,
                VectorView y) {
  assert(levels.size() == y.size());
  HWY_DYNAMIC_DISPATCH(AddLevels)
  (levels.data(), levels.size(), norm, steps, weight, y.data());
}

}  // namespace hearsay::simd

#endif  // HWY_ONCE
