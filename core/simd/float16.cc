#include "core/simd/float16.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/float16.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/highway.h>

#include <cstdint>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::ScalableTag<float> kFloats{};
constexpr hn::RebindToSigned<decltype(kFloats)> kNumbers{};
constexpr hn::Rebind<std::uint16_t, decltype(kFloats)> kHalves{};
constexpr std::size_t kWidth = hn::MaxLanes(kFloats);

HWY_INLINE hn::Vec<decltype(kFloats)> Widened(const std::uint16_t* halves) {
  const auto bits = hn::PromoteTo(kNumbers, hn::LoadU(kHalves, halves));
  const auto magnitude = hn::And(bits, hn::Set(kNumbers, 0x7fff));
  const auto sign = hn::ShiftLeft<16>(hn::And(bits, hn::Set(kNumbers, 0x8000)));
  // The exponent is rebiased from 15 to 127; below 2^-14 there is none, and the units are 2^-24.
  const auto normal = hn::Add(hn::ShiftLeft<13>(magnitude), hn::Set(kNumbers, 112 << 23));
  const auto small = hn::Mul(hn::ConvertTo(kFloats, magnitude), hn::Set(kFloats, 0x1p-24F));
  const auto is_small = hn::RebindMask(kFloats, hn::Lt(magnitude, hn::Set(kNumbers, 0x400)));
  const auto value = hn::IfThenElse(is_small, small, hn::BitCast(kFloats, normal));
  return hn::Or(value, hn::BitCast(kFloats, sign));
}

void Widen(const std::uint8_t* from, std::size_t count, float unit, float* values) {
  const auto factor = hn::Set(kFloats, unit);
  std::uint16_t halves[kWidth] = {};
  float rest[kWidth];
  std::size_t i = 0;
  for (; i + kWidth <= count; i += kWidth) {
    std::memcpy(halves, from + 2 * i, sizeof halves);
    hn::StoreU(hn::Mul(Widened(halves), factor), kFloats, values + i);
  }
  if (i == count) return;
  std::memcpy(halves, from + 2 * i, 2 * (count - i));
  hn::StoreU(hn::Mul(Widened(halves), factor), kFloats, rest);
  std::memcpy(values + i, rest, 4 * (count - i));
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay::simd {

HWY_EXPORT(Widen);

void widen(const std::byte* halves, std::size_t count, float unit, float* values) {
  HWY_DYNAMIC_DISPATCH(Widen)
  (reinterpret_cast<const std::uint8_t*>(halves), count, unit, values);
}

}  // namespace hearsay::simd

#endif
