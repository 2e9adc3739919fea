#include "core/simd/levels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/levels.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cassert>

#include "core/simd/values-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

constexpr hn::ScalableTag<float> kFloats{};
constexpr hn::RebindToSigned<decltype(kFloats)> kNumbers{};
constexpr hn::RebindToUnsigned<decltype(kFloats)> kWords{};
using Numbers = hn::Vec<decltype(kNumbers)>;
constexpr hn::Rebind<std::uint8_t, decltype(kFloats)> kOctets{};
using Floats = hn::Vec<decltype(kFloats)>;
constexpr std::size_t kWidth = hn::MaxLanes(kFloats);
constexpr std::size_t kFour = 4;

/// s x_j is exact in double and the quotient is rounded once, which cannot move it across a half:
/// two floats within a factor 2^16 have no quotient that close to one. So adding a half and cutting
/// off is rounding half away from zero.
HWY_INLINE std::int32_t ExactLevel(float x, double norm, int steps) {
  const double level = double{x} * steps / norm;
  return static_cast<std::int32_t>(level + __builtin_copysign(0.5, level));
}

/// With few steps, x_j times a float near steps / norm is the level, nearly. Adding 1.5 2^23 rounds
/// it to a whole number in the last bits of a float, and adding s too to its code. Of two such
/// floats one is a little below the quotient and the other a little above: where both give one
/// code, it is the right one, and where they do not, a half is near and the level is done again.
/// That the floats are 2^-21 off covers roundings of the products, fused or not: they are of 2^-24.
class Rounding {
 public:
  Rounding(float norm, int steps)
      : norm_(norm),
        steps_(steps),
        lower_(static_cast<float>(steps / double{norm} * (1.0 - 0x1.0p-21))),
        upper_(static_cast<float>(steps / double{norm} * (1.0 + 0x1.0p-21))) {}

  bool is_fast() const { return steps_ <= 2047 && lower_ > 1e-30F && upper_ < 1e30F; }

  HWY_INLINE std::int32_t code(float x) const { return ExactLevel(x, norm_, steps_) + steps_; }

  /// The codes of a vector's worth.
  HWY_INLINE Numbers codes(const float* x) const {
    Numbers doubt = hn::Zero(kNumbers);
    const Numbers raw = round(x, doubt);
    if (HWY_LIKELY(is_zero(doubt))) return hn::Sub(raw, hn::Set(kNumbers, kRaw));
    HWY_ALIGN std::int32_t exact[kWidth];
    for (std::size_t l = 0; l < kWidth; ++l) exact[l] = code(x[l]);
    return hn::Load(kNumbers, exact);
  }

  /// The codes of four vectors, each plus kRaw; false if one is in doubt. `next`: see pack_nearest.
  HWY_INLINE bool raw_codes_of_four(const float* x, const float* next,
                                    Numbers (&raw)[kFour]) const {
    Numbers doubt = hn::Zero(kNumbers);
    for (std::size_t v = 0; v < kFour; ++v) {
      hwy::Prefetch(next + v * kWidth);
      raw[v] = round(x + v * kWidth, doubt);
    }
    return HWY_LIKELY(is_zero(doubt));
  }

  static constexpr std::int32_t kRaw = 0x4b400000;  // 1.5 2^23 as a float

 private:
  HWY_INLINE Numbers round(const float* x, Numbers& doubt) const {
    const auto magic = hn::Set(kFloats, 0x1.8p23F + static_cast<float>(steps_));
    const auto value = hn::LoadU(kFloats, x);
    const auto one = hn::BitCast(kNumbers, hn::MulAdd(value, hn::Set(kFloats, lower_), magic));
    const auto two = hn::BitCast(kNumbers, hn::MulAdd(value, hn::Set(kFloats, upper_), magic));
    doubt = hn::Or(doubt, hn::Xor(one, two));
    return one;
  }
  HWY_INLINE static bool is_zero(Numbers doubt) {
    return hn::AllFalse(kNumbers, hn::Ne(doubt, hn::Zero(kNumbers)));
  }
  double norm_;
  int steps_;
  float lower_;
  float upper_;
};

void NearestCodes(const float* x, std::size_t size, float norm, int steps, std::int32_t* codes) {
  const Rounding rounding(norm, steps);
  std::size_t j = 0;
  if (rounding.is_fast())
    for (; j + kWidth <= size; j += kWidth) hn::StoreU(rounding.codes(x + j), kNumbers, codes + j);
  for (; j < size; ++j) codes[j] = rounding.code(x[j]);
}

#if HWY_TARGET != HWY_SCALAR
constexpr hn::Repartition<std::uint8_t, decltype(kFloats)> kAllBytes{};
constexpr std::size_t kOctetsOfFour = kFour * kWidth;

/// The codes of four vectors, a byte each, in their order.
class CodesToBytes {
 public:
  HWY_INLINE CodesToBytes() {
    HWY_ALIGN std::uint8_t bytes[kOctetsOfFour];
    HWY_ALIGN std::int32_t words[kWidth];
    constexpr std::size_t kBlocks = kWidth / 4;
    for (std::size_t i = 0; i < kOctetsOfFour; ++i)
      bytes[i] = static_cast<std::uint8_t>(i % 4 * 4 + i / 4 % 4);
    for (std::size_t i = 0; i < kWidth; ++i)
      words[i] = static_cast<std::int32_t>(i % kBlocks * 4 + i / kBlocks);
    bytes_ = hn::Load(kAllBytes, bytes);
    words_ = hn::SetTableIndices(kWords, words);
  }

  HWY_INLINE hn::Vec<decltype(kAllBytes)> of(const Numbers (&v)[kFour]) const {
    // Byte k of a word is the code of vector k; then by blocks of 16 bytes, then all.
    constexpr auto kRaw = static_cast<std::uint32_t>(Rounding::kRaw) * 0x01010101U;
    const auto low = hn::Add(v[0], hn::ShiftLeft<8>(v[1]));
    const auto high = hn::Add(hn::ShiftLeft<16>(v[2]), hn::ShiftLeft<24>(v[3]));
    const auto codes = hn::Sub(hn::BitCast(kWords, hn::Add(low, high)), hn::Set(kWords, kRaw));
    const auto block = hn::TableLookupBytes(hn::BitCast(kAllBytes, codes), bytes_);
    return hn::BitCast(kAllBytes, hn::TableLookupLanes(hn::BitCast(kWords, block), words_));
  }

 private:
  hn::Vec<decltype(kAllBytes)> bytes_;
  decltype(hn::SetTableIndices(kWords, static_cast<const std::int32_t*>(nullptr))) words_;
};
#endif

HWY_INLINE void OctetsOneByOne(const Rounding& rounding, const float* x, std::size_t size,
                               std::uint8_t* to) {
  for (std::size_t j = 0; j < size; ++j) to[j] = static_cast<std::uint8_t>(rounding.code(x[j]));
}

void NearestOctets(const float* x, std::size_t size, float norm, int steps, std::uint8_t* to,
                   [[maybe_unused]] const float* next) {
  const Rounding rounding(norm, steps);
  std::size_t j = 0;
#if HWY_TARGET != HWY_SCALAR
  const CodesToBytes to_bytes;
  if (rounding.is_fast())
    for (; j + kOctetsOfFour <= size; j += kOctetsOfFour) {
      Numbers raw[kFour];
      if (rounding.raw_codes_of_four(x + j, next + j, raw))
        hn::StoreU(to_bytes.of(raw), kAllBytes, to + j);
      else
        OctetsOneByOne(rounding, x + j, kOctetsOfFour, to + j);
    }
#endif
  OctetsOneByOne(rounding, x + j, size - j, to + j);
}

HWY_INLINE void NibblesOneByOne(const Rounding& rounding, const float* x, std::size_t size,
                                std::uint8_t* to) {
  for (std::size_t j = 0; j < size; j += 2) {
    const int low = rounding.code(x[j]);
    const int high = j + 1 < size ? rounding.code(x[j + 1]) : 0;
    to[j / 2] = static_cast<std::uint8_t>(low | high << 4);
  }
}

/// Two codes a byte, the lower place first.
void NearestNibbles(const float* x, std::size_t size, float norm, int steps, std::uint8_t* to,
                    [[maybe_unused]] const float* next) {
  const Rounding rounding(norm, steps);
  std::size_t j = 0;
#if HWY_TARGET != HWY_SCALAR
  constexpr hn::Repartition<std::uint16_t, decltype(kFloats)> kPairs;
  constexpr hn::Rebind<std::uint8_t, decltype(kPairs)> kHalfBytes;
  const CodesToBytes to_bytes;
  if (rounding.is_fast())
    for (; j + kOctetsOfFour <= size; j += kOctetsOfFour) {
      Numbers raw[kFour];
      if (rounding.raw_codes_of_four(x + j, next + j, raw)) {
        const auto pairs = hn::BitCast(kPairs, to_bytes.of(raw));
        // The second of a pair moves to bits 4 to 7; what is above is cut off.
        hn::StoreU(hn::TruncateTo(kHalfBytes, hn::Or(pairs, hn::ShiftRight<4>(pairs))), kHalfBytes,
                   to + j / 2);
      } else {
        NibblesOneByOne(rounding, x + j, kOctetsOfFour, to + j / 2);
      }
    }
#endif
  NibblesOneByOne(rounding, x + j, size - j, to + j / 2);
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
