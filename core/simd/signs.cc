#include "core/simd/signs.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/signs.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/highway.h>

#include <cassert>
#include <cstdint>
#include <cstring>

#include "core/simd/reduce-inl.h"
#include "core/simd/values-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

constexpr hn::CappedTag<float, 16> kFloats{};
constexpr hn::RebindToUnsigned<decltype(kFloats)> kWords{};
using Floats = hn::Vec<decltype(kFloats)>;
constexpr std::size_t kWidth = hn::MaxLanes(kFloats);
constexpr std::size_t kGroup = Lanes::kCount;  // coordinates that share two bytes of bits

HWY_INLINE std::uint32_t BitsOf(Floats negative_or_not) {
  std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(kFloats, hn::Lt(negative_or_not, hn::Zero(kFloats)), bytes);
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes, sizeof bits);
  return bits;
}

template <class Values>
double Pack(Values of, std::size_t size, std::uint8_t* to) {
  MagnitudeLanes lanes;
  std::size_t j = 0;
  for (; j + kGroup <= size; j += kGroup, to += 2) {
    of.prefetch(j);
    std::uint32_t bits = 0;
    for (std::size_t l = 0; l < kGroup; l += kWidth) {
      const Floats x = of.take(kFloats, j + l);
      lanes.add(l, x);
      bits |= BitsOf(x) << l;
    }
    const auto both = static_cast<std::uint16_t>(bits);
    std::memcpy(to, &both, sizeof both);  // hosts are little-endian: core/compressors/wire.h
  }
  std::uint32_t bits = 0;
  for (std::size_t l = 0; j + l < size; ++l) bits |= (of.one(j + l) < 0.0F ? 1U : 0U) << l;
  if (size - j > 0) *to++ = static_cast<std::uint8_t>(bits & 0xffU);
  if (size - j > 8) *to = static_cast<std::uint8_t>(bits >> 8U);
  return lanes.total(size, [=](std::size_t i) HWY_ATTR { return of.taken(i); });
}

double PackPlain(const float* x, std::size_t size, std::uint8_t* to) {
  return Pack(PlainValues{x}, size, to);
}

double PackDifference(const float* x, const float* y, std::size_t size, std::uint8_t* to) {
  return Pack(Differences{x, y}, size, to);
}

double PackSum(const float* x, float* y, std::size_t size, std::uint8_t* to) {
  return Pack(RunningSums{x, y}, size, to);
}

HWY_INLINE float WithSign(float value, std::uint32_t bits, std::size_t place) {
  return __builtin_bit_cast(
      float, __builtin_bit_cast(std::uint32_t, value) ^ (((bits >> place) & 1U) << 31U));
}

void AddSigns(const std::uint8_t* bits, std::size_t begin, std::size_t end, float scale, float* y) {
  std::size_t j = begin;
  for (; j < end && j % 8 != 0; ++j) y[j] += WithSign(scale, bits[j / 8], j % 8);
  // Bit l of the group moves to the place of the sign in lane l.
  const auto to_sign = hn::Sub(hn::Set(kWords, 31), hn::Iota(kWords, 0));
  const auto sign = hn::Set(kWords, 0x80000000U);
  const auto magnitude = hn::BitCast(kWords, hn::Set(kFloats, scale));
  for (; j + kGroup <= end; j += kGroup) {
    std::uint16_t both = 0;
    std::memcpy(&both, bits + j / 8, sizeof both);
    hwy::Prefetch(y + j + kAhead);
    for (std::size_t l = 0; l < kGroup; l += kWidth) {
      const auto lane = hn::Shl(hn::Set(kWords, std::uint32_t{both} >> l), to_sign);
      const auto value = hn::BitCast(kFloats, hn::Xor(magnitude, hn::And(lane, sign)));
      hn::StoreU(hn::Add(hn::LoadU(kFloats, y + j + l), value), kFloats, y + j + l);
    }
  }
  for (; j < end; ++j) y[j] += WithSign(scale, bits[j / 8], j % 8);
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay::simd {

HWY_EXPORT(PackPlain);
HWY_EXPORT(PackDifference);
HWY_EXPORT(PackSum);
HWY_EXPORT(AddSigns);

namespace {

std::uint8_t* octets(std::byte* bytes) {
  return reinterpret_cast<std::uint8_t*>(bytes);
}

}  // namespace

double pack_signs(ConstVectorView x, std::byte* to) {
  return HWY_DYNAMIC_DISPATCH(PackPlain)(x.data(), x.size(), octets(to));
}

double pack_signs_of_difference(ConstVectorView x, ConstVectorView y, std::byte* to) {
  assert(x.size() == y.size());
  return HWY_DYNAMIC_DISPATCH(PackDifference)(x.data(), y.data(), x.size(), octets(to));
}

double pack_signs_of_sum(ConstVectorView x, VectorView y, std::byte* to) {
  assert(x.size() == y.size());
  return HWY_DYNAMIC_DISPATCH(PackSum)(x.data(), y.data(), x.size(), octets(to));
}

void add_signs(const std::byte* bits, std::size_t begin, std::size_t end, float scale,
               VectorView y) {
  assert(begin <= end && end <= y.size());
  HWY_DYNAMIC_DISPATCH(AddSigns)
  (reinterpret_cast<const std::uint8_t*>(bits), begin, end, scale, y.data());
}

}  // namespace hearsay::simd

#endif  // HWY_ONCE
