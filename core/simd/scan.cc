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
/// There is so much to do for an entry that the processor does not look far enough ahead itself.
constexpr std::size_t kAhead = 1024;
constexpr std::size_t kLine = 16;
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

/// kDense: a few in every hundred are found, and a branch on whether a vector has one costs more
/// than to write nothing.
template <bool kDense, class Values>
std::uint32_t Scan(Values of, std::size_t begin, std::size_t end, std::uint32_t threshold,
                   simd::Candidates& found) {
  std::uint32_t* const places = found.places;
  float* const values = found.values;
  std::size_t count = found.count;
  const Numbers below = hn::Set(kNumbers, static_cast<std::int32_t>(threshold) - 1);
  Numbers largest = hn::Zero(kNumbers);
  std::size_t j = begin;
  for (; j + kUnroll * kWidth <= end; j += kUnroll * kWidth) {
    for (std::size_t l = 0; l < kUnroll * kWidth; l += kLine) of.prefetch(j + l + kAhead);
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
    if (!kDense && HWY_LIKELY(hn::AllFalse(kNumbers, hn::Gt(most, below)))) continue;
    count = Append(j, v0, hn::Gt(m0, below), places, values, count);
    count = Append(j + kWidth, v1, hn::Gt(m1, below), places, values, count);
    count = Append(j + 2 * kWidth, v2, hn::Gt(m2, below), places, values, count);
    count = Append(j + 3 * kWidth, v3, hn::Gt(m3, below), places, values, count);
  }
  std::uint32_t most = static_cast<std::uint32_t>(hn::GetLane(hn::MaxOfLanes(kNumbers, largest)));
  for (; j < end; ++j) {
    const float v = of.one(j);
    const std::uint32_t magnitude = MagnitudeOf(v);
    most = magnitude > most ? magnitude : most;
    // Written whether kept or not: the next entry overwrites what is not kept.
    places[count] = static_cast<std::uint32_t>(j);
    values[count] = v;
    count += magnitude >= threshold ? 1U : 0U;
  }
  found.count = count;
  return most;
}

std::uint32_t ScanPlain(const float* x, std::size_t begin, std::size_t end, std::uint32_t threshold,
                        bool dense, simd::Candidates& found) {
  return dense ? Scan<true>(PlainValues{x}, begin, end, threshold, found)
               : Scan<false>(PlainValues{x}, begin, end, threshold, found);
}

std::uint32_t ScanDifference(const float* x, const float* y, std::size_t begin, std::size_t end,
                             std::uint32_t threshold, bool dense, simd::Candidates& found) {
  return dense ? Scan<true>(Differences{x, y}, begin, end, threshold, found)
               : Scan<false>(Differences{x, y}, begin, end, threshold, found);
}

std::uint32_t ScanSum(const float* x, float* y, std::size_t begin, std::size_t end,
                      std::uint32_t threshold, bool dense, simd::Candidates& found) {
  return dense ? Scan<true>(RunningSums{x, y}, begin, end, threshold, found)
               : Scan<false>(RunningSums{x, y}, begin, end, threshold, found);
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

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay::simd {

HWY_EXPORT(ScanPlain);
HWY_EXPORT(ScanDifference);
HWY_EXPORT(ScanSum);
HWY_EXPORT(KeepAbove);

namespace {

/// Whether so many were found in the last stretch, or so far, that more will be: one in 250.
bool is_dense(std::size_t begin, const Candidates& found) {
  return begin == 0 || found.count * 250 > begin;
}

}  // namespace

std::uint32_t scan(ConstVectorView x, std::size_t begin, std::size_t end, std::uint32_t threshold,
                   Candidates& found) {
  assert(begin <= end && end <= x.size() && threshold <= kMagnitude);
  return HWY_DYNAMIC_DISPATCH(ScanPlain)(x.data(), begin, end, threshold, is_dense(begin, found),
                                         found);
}

std::uint32_t scan_difference(ConstVectorView x, ConstVectorView y, std::size_t begin,
                              std::size_t end, std::uint32_t threshold, Candidates& found) {
  assert(begin <= end && end <= x.size() && x.size() == y.size() && threshold <= kMagnitude);
  return HWY_DYNAMIC_DISPATCH(ScanDifference)(x.data(), y.data(), begin, end, threshold,
                                              is_dense(begin, found), found);
}

std::uint32_t scan_sum(ConstVectorView x, VectorView y, std::size_t begin, std::size_t end,
                       std::uint32_t threshold, Candidates& found) {
  assert(begin <= end && end <= x.size() && x.size() == y.size() && threshold <= kMagnitude);
  return HWY_DYNAMIC_DISPATCH(ScanSum)(x.data(), y.data(), begin, end, threshold,
                                       is_dense(begin, found), found);
}

void keep_above(std::uint32_t threshold, std::size_t ties, Candidates& candidates) {
  HWY_DYNAMIC_DISPATCH(KeepAbove)(threshold, ties, candidates);
}

}  // namespace hearsay::simd

#endif  // HWY_ONCE
