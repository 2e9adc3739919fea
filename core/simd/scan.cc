#include "core/simd/scan.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/scan.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/highway.h>

#include <cassert>

#include "core/simd/values-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

constexpr hn::ScalableTag<float> kFloats{};
constexpr hn::RebindToUnsigned<decltype(kFloats)> kWords{};
// Magnitudes are below 2^31, and AVX2 compares signed numbers only.
constexpr hn::RebindToSigned<decltype(kFloats)> kNumbers{};
using Floats = hn::Vec<decltype(kFloats)>;
using Numbers = hn::Vec<decltype(kNumbers)>;
using Mask = hn::Mask<decltype(kNumbers)>;
constexpr std::size_t kWidth = hn::MaxLanes(kFloats);
constexpr std::size_t kUnroll = 4;
constexpr std::size_t kLine = 16;  // floats of a cache line
static_assert(kUnroll * kWidth <= simd::Candidates::kSlack);

HWY_INLINE Numbers MagnitudeOf(Floats v) {
  return hn::BitCast(kNumbers, hn::Abs(v));
}

HWY_INLINE std::uint32_t MagnitudeOf(float v) {
  return __builtin_bit_cast(std::uint32_t, v) & simd::kMagnitude;
}

HWY_INLINE std::size_t Append(std::size_t j, Floats v, Mask kept, std::uint32_t* places,
                              float* values, std::size_t count) {
  // Iota of a variable would be stored element by element.
  const auto place = hn::Add(hn::Iota(kWords, 0), hn::Set(kWords, static_cast<std::uint32_t>(j)));
  hn::StoreU(hn::Compress(place, hn::RebindMask(kWords, kept)), kWords, places + count);
  hn::StoreU(hn::Compress(v, hn::RebindMask(kFloats, kept)), kFloats, values + count);
  return count + hn::CountTrue(kNumbers, kept);
}

/// The last few, one by one; `largest`: of those before.
template <class Values>
std::uint32_t Rest(Values of, std::size_t j, std::size_t end, std::uint32_t threshold,
                   Numbers largest, simd::Candidates& found) {
  std::uint32_t most = static_cast<std::uint32_t>(hn::GetLane(hn::MaxOfLanes(kNumbers, largest)));
  std::size_t count = found.count;
  for (; j < end; ++j) {
    const float v = of.one(j);
    const std::uint32_t magnitude = MagnitudeOf(v);
    most = magnitude > most ? magnitude : most;
    // Written whether kept or not: the next entry overwrites what is not kept.
    found.places[count] = static_cast<std::uint32_t>(j);
    found.values[count] = v;
    count += magnitude >= threshold ? 1U : 0U;
  }
  found.count = count;
  return most;
}

/// Entries to a word of bits, and to a walk over the words: as many as stay in the first cache.
constexpr std::size_t kGroup = 32;
constexpr std::size_t kStretch = 2048;

/// Memory that is asked for while the second pass goes to a word, in entries: at one in a hundred,
/// what the first pass will read in half of the next stretch.
constexpr std::size_t kMeanwhile = 64;

/// Bit l: whether lane l is kept.
HWY_INLINE std::uint32_t BitsOf(Mask kept) {
  std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(kNumbers, kept, bytes);
  std::uint32_t bits = 0;
  __builtin_memcpy(&bits, bytes, sizeof bits);
  return bits;
}

/// The lowest bit that is set, of none any.
HWY_INLINE std::size_t Lowest(std::uint32_t bits) {
  return static_cast<std::size_t>(__builtin_ctz(bits | 0x80000000U));
}

/// The numbers of the words that are not zero, by 16 or so at a time and without a branch.
HWY_INLINE std::size_t NotEmpty(const std::uint32_t* words, std::size_t count,
                                std::uint32_t* numbers) {
  std::size_t found = 0;
  std::size_t i = 0;
  for (; i + kWidth <= count; i += kWidth) {
    const auto some = hn::Ne(hn::LoadU(kWords, words + i), hn::Zero(kWords));
    const auto number =
        hn::Add(hn::Iota(kWords, 0), hn::Set(kWords, static_cast<std::uint32_t>(i)));
    hn::StoreU(hn::Compress(number, some), kWords, numbers + found);
    found += hn::CountTrue(kWords, some);
  }
  for (; i < count; ++i) {
    numbers[found] = static_cast<std::uint32_t>(i);
    found += words[i] != 0 ? 1U : 0U;
  }
  return found;
}

/// Few are found: the first pass leaves a bit for each entry, the second goes to those that are
/// set. Whether a vector has one is never asked, since nobody could foretell the answer.
template <class Values>
std::uint32_t ScanFew(Values of, std::size_t begin, std::size_t end, std::uint32_t threshold,
                      simd::Candidates& found) {
  HWY_ALIGN std::uint32_t words[kStretch / kGroup];
  HWY_ALIGN std::uint32_t numbers[kStretch / kGroup + kWidth];
  const Numbers below = hn::Set(kNumbers, static_cast<std::int32_t>(threshold) - 1);
  Numbers largest = hn::Zero(kNumbers);
  Numbers largest2 = hn::Zero(kNumbers);
  const auto append = [&](std::size_t place, std::size_t at) HWY_ATTR {
    found.places[at] = static_cast<std::uint32_t>(place);
    found.values[at] = of.taken(place);
  };
  std::size_t count = found.count;
  std::size_t j = begin;
  while (j + kGroup <= end) {
    const std::size_t first = j;
    std::size_t groups = (end - j) / kGroup;
    if (groups > kStretch / kGroup) groups = kStretch / kGroup;
    for (std::size_t g = 0; g < groups; ++g, j += kGroup) {
      std::uint32_t bits = 0;
      for (std::size_t l = 0; l < kGroup; l += kLine) of.prefetch(j + l);
      for (std::size_t l = 0; l < kGroup; l += 2 * kWidth) {
        const Numbers magnitude = MagnitudeOf(of.take(kFloats, j + l));
        const Numbers magnitude2 = MagnitudeOf(of.take(kFloats, j + l + kWidth));
        largest = hn::Max(largest, magnitude);
        largest2 = hn::Max(largest2, magnitude2);
        bits |= BitsOf(hn::Gt(magnitude, below)) << l;
        bits |= BitsOf(hn::Gt(magnitude2, below)) << (l + kWidth);
      }
      words[g] = bits;
    }
    const std::size_t some = NotEmpty(words, groups, numbers);
    for (std::size_t i = 0; i < some; ++i) {
      std::uint32_t bits = words[numbers[i]];
      const std::size_t group = first + std::size_t{numbers[i]} * kGroup;
      for (std::size_t l = 0; l < kMeanwhile; l += kLine) of.ask_for(j + i * kMeanwhile + l);
      // Two at once, the second perhaps for nothing: a word with three is rare.
      append(group + Lowest(bits), count);
      bits &= bits - 1;
      append(group + Lowest(bits), count + 1);
      count += bits != 0 ? 2U : 1U;
      for (bits &= bits - 1; HWY_UNLIKELY(bits != 0); bits &= bits - 1)
        append(group + Lowest(bits), count++);
    }
  }
  found.count = count;
  return Rest(of, j, end, threshold, hn::Max(largest, largest2), found);
}

/// kSkip: hardly any are found, and a look whether there is one at all pays. Otherwise nearly every
/// vector has some, and what is kept of it is written, if only nothing.
template <bool kSkip, class Values>
std::uint32_t ScanAtOnce(Values of, std::size_t begin, std::size_t end, std::uint32_t threshold,
                         simd::Candidates& found) {
  std::uint32_t* const places = found.places;
  float* const values = found.values;
  std::size_t count = found.count;
  const Numbers below = hn::Set(kNumbers, static_cast<std::int32_t>(threshold) - 1);
  Numbers largest = hn::Zero(kNumbers);
  std::size_t j = begin;
  for (; j + kUnroll * kWidth <= end; j += kUnroll * kWidth) {
    for (std::size_t l = 0; l < kUnroll * kWidth; l += kLine) of.prefetch(j + l);
    const Floats v0 = of.take(kFloats, j);
    const Floats v1 = of.take(kFloats, j + kWidth);
    const Floats v2 = of.take(kFloats, j + 2 * kWidth);
    const Floats v3 = of.take(kFloats, j + 3 * kWidth);
    const Numbers m0 = MagnitudeOf(v0);
    const Numbers m1 = MagnitudeOf(v1);
    const Numbers m2 = MagnitudeOf(v2);
    const Numbers m3 = MagnitudeOf(v3);
    const Numbers most = hn::Max(hn::Max(m0, m1), hn::Max(m2, m3));
    largest = hn::Max(largest, most);
    if (kSkip && HWY_LIKELY(hn::AllFalse(kNumbers, hn::Gt(most, below)))) continue;
    count = Append(j, v0, hn::Gt(m0, below), places, values, count);
    count = Append(j + kWidth, v1, hn::Gt(m1, below), places, values, count);
    count = Append(j + 2 * kWidth, v2, hn::Gt(m2, below), places, values, count);
    count = Append(j + 3 * kWidth, v3, hn::Gt(m3, below), places, values, count);
  }
  found.count = count;
  return Rest(of, j, end, threshold, largest, found);
}

/// As many as were found so far, there will be more of.
template <class Values>
std::uint32_t Scan(Values of, std::size_t begin, std::size_t end, std::uint32_t threshold,
                   simd::Candidates& found) {
  if (threshold == 0 || found.count * 30 > begin)
    return ScanAtOnce<false>(of, begin, end, threshold, found);
  if (found.count * 250 < begin) return ScanAtOnce<true>(of, begin, end, threshold, found);
  return ScanFew(of, begin, end, threshold, found);
}

std::uint32_t ScanPlain(const float* x, std::size_t begin, std::size_t end, std::uint32_t threshold,
                        simd::Candidates& found) {
  return Scan(PlainValues{x}, begin, end, threshold, found);
}

std::uint32_t ScanDifference(const float* x, const float* y, std::size_t begin, std::size_t end,
                             std::uint32_t threshold, simd::Candidates& found) {
  return Scan(Differences{x, y}, begin, end, threshold, found);
}

std::uint32_t ScanSum(const float* x, float* y, std::size_t begin, std::size_t end,
                      std::uint32_t threshold, simd::Candidates& found) {
  return Scan(RunningSums{x, y}, begin, end, threshold, found);
}

/// In place: what is written at `kept` <= j has been read before. Whole vectors are written, so the
/// next one is read first.
void KeepAbove(std::uint32_t threshold, std::size_t ties, simd::Candidates& candidates) {
  std::uint32_t* const places = candidates.places;
  float* const values = candidates.values;
  const Numbers limit = hn::Set(kNumbers, static_cast<std::int32_t>(threshold));
  std::size_t kept = 0;
  std::size_t j = 0;
  const std::size_t size = candidates.count;
  const auto one = [&]() HWY_ATTR {
    const std::uint32_t magnitude = MagnitudeOf(values[j]);
    const bool tie = magnitude == threshold && ties > 0;
    ties -= tie ? 1U : 0U;
    const std::uint32_t place = places[j];
    const float value = values[j];
    places[kept] = place;
    values[kept] = value;
    kept += magnitude > threshold || tie ? 1U : 0U;
    ++j;
  };
  while (j + kWidth <= size) {
    const Floats v = hn::LoadU(kFloats, values + j);
    const Numbers magnitude = MagnitudeOf(v);
    if (HWY_UNLIKELY(!hn::AllFalse(kNumbers, hn::Eq(magnitude, limit)))) {
      for (std::size_t l = 0; l < kWidth; ++l) one();
      continue;
    }
    const auto place = hn::LoadU(kWords, places + j);
    const Mask above = hn::Gt(magnitude, limit);
    hn::StoreU(hn::Compress(place, hn::RebindMask(kWords, above)), kWords, places + kept);
    hn::StoreU(hn::Compress(v, hn::RebindMask(kFloats, above)), kFloats, values + kept);
    kept += hn::CountTrue(kNumbers, above);
    j += kWidth;
  }
  while (j < size) one();
  candidates.count = kept;
}

/// `keys` may be written beyond what is found.
std::size_t KeysWithin(const float* values, std::size_t count, std::uint32_t lowest,
                       std::uint32_t largest, std::uint32_t* keys) {
  const Numbers bottom = hn::Set(kNumbers, static_cast<std::int32_t>(lowest) - 1);
  const Numbers top = hn::Set(kNumbers, static_cast<std::int32_t>(largest));
  std::size_t found = 0;
  std::size_t i = 0;
  for (; i + kWidth <= count; i += kWidth) {
    const Numbers magnitude = MagnitudeOf(hn::LoadU(kFloats, values + i));
    const Mask within = hn::AndNot(hn::Gt(magnitude, top), hn::Gt(magnitude, bottom));
    if (HWY_LIKELY(hn::AllFalse(kNumbers, within))) continue;
    hn::StoreU(hn::Compress(hn::BitCast(kWords, magnitude), hn::RebindMask(kWords, within)), kWords,
               keys + found);
    found += hn::CountTrue(kNumbers, within);
  }
  for (; i < count; ++i) {
    const std::uint32_t magnitude = MagnitudeOf(values[i]);
    keys[found] = magnitude;
    found += lowest <= magnitude && magnitude <= largest ? 1U : 0U;
  }
  return found;
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay::simd {

HWY_EXPORT(ScanPlain);
HWY_EXPORT(ScanDifference);
HWY_EXPORT(ScanSum);
HWY_EXPORT(KeepAbove);
HWY_EXPORT(KeysWithin);

std::uint32_t scan(ConstVectorView x, std::size_t begin, std::size_t end, std::uint32_t threshold,
                   Candidates& found) {
  assert(begin <= end && end <= x.size() && threshold <= kMagnitude);
  return HWY_DYNAMIC_DISPATCH(ScanPlain)(x.data(), begin, end, threshold, found);
}

std::uint32_t scan_difference(ConstVectorView x, ConstVectorView y, std::size_t begin,
                              std::size_t end, std::uint32_t threshold, Candidates& found) {
  assert(begin <= end && end <= x.size() && x.size() == y.size() && threshold <= kMagnitude);
  return HWY_DYNAMIC_DISPATCH(ScanDifference)(x.data(), y.data(), begin, end, threshold, found);
}

std::uint32_t scan_sum(ConstVectorView x, VectorView y, std::size_t begin, std::size_t end,
                       std::uint32_t threshold, Candidates& found) {
  assert(begin <= end && end <= x.size() && x.size() == y.size() && threshold <= kMagnitude);
  return HWY_DYNAMIC_DISPATCH(ScanSum)(x.data(), y.data(), begin, end, threshold, found);
}

void keep_above(std::uint32_t threshold, std::size_t ties, Candidates& candidates) {
  HWY_DYNAMIC_DISPATCH(KeepAbove)(threshold, ties, candidates);
}

std::size_t keys_within(const Candidates& candidates, std::uint32_t lowest, std::uint32_t largest,
                        std::span<std::uint32_t> keys) {
  assert(keys.size() >= candidates.count + Candidates::kSlack && largest <= kMagnitude);
  return HWY_DYNAMIC_DISPATCH(KeysWithin)(candidates.values, candidates.count, lowest, largest,
                                          keys.data());
}

}  // namespace hearsay::simd

#endif  // HWY_ONCE
