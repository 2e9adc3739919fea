#include "core/simd/weighted_sum.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/simd/weighted_sum.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/highway.h>

#include <cassert>
#include <cstdint>

#include "core/simd/values-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

constexpr hn::ScalableTag<float> kFloats{};
constexpr hn::RebindToUnsigned<decltype(kFloats)> kWords{};
using Floats = hn::Vec<decltype(kFloats)>;
constexpr std::size_t kLanes = hn::MaxLanes(kFloats);
constexpr std::size_t kStep = 4;  // vectors at a time
constexpr std::size_t kAhead = 1024;

/// Without `x`, sums of the rows; else of what they have more than x.
template <bool kDifferences>
bool Sum(const simd::WeightedRow* rows, std::size_t count, const float* x, float* to,
         std::size_t size) {
  auto largest = hn::Zero(kWords);  // magnitude, as the bits of a float
  std::size_t j = 0;
  for (; j + kStep * kLanes <= size; j += kStep * kLanes) {
    Floats sums[kStep];
    Floats own[kStep];
    for (std::size_t v = 0; v < kStep; ++v) {
      sums[v] = hn::Zero(kFloats);
      if constexpr (kDifferences) own[v] = hn::LoadU(kFloats, x + j + v * kLanes);
    }
    for (std::size_t k = 0; k < count; ++k) {
      const Floats weight = hn::Set(kFloats, rows[k].weight);
      const std::byte* const row = rows[k].values + 4 * j;
      for (std::size_t v = 0; v < kStep; ++v) {
        hwy::Prefetch(row + 4 * (v * kLanes + kAhead));
        Floats value = LoadPacked(kFloats, row + 4 * v * kLanes);
        if constexpr (kDifferences) value = hn::Sub(value, own[v]);
        sums[v] = hn::Add(sums[v], hn::Mul(weight, value));
      }
    }
    for (std::size_t v = 0; v < kStep; ++v) {
      hn::StoreU(sums[v], kFloats, to + j + v * kLanes);
      largest = hn::Max(largest, hn::BitCast(kWords, hn::Abs(sums[v])));
    }
  }
  constexpr std::uint32_t kInfinity = 0x7f800000U;
  bool finite = hn::AllTrue(kWords, hn::Lt(largest, hn::Set(kWords, kInfinity)));
  for (; j < size; ++j) {
    float sum = 0.0F;
    for (std::size_t k = 0; k < count; ++k) {
      float value = PackedValues{rows[k].values}.one(j);
      if constexpr (kDifferences) value -= x[j];
      sum += rows[k].weight * value;
    }
    to[j] = sum;
    finite = finite && (__builtin_bit_cast(std::uint32_t, sum) & 0x7fffffffU) < kInfinity;
  }
  return finite;
}

bool WeightedSum(const simd::WeightedRow* rows, std::size_t count, float* x, std::size_t size) {
  return Sum<false>(rows, count, nullptr, x, size);
}

void WeightedDifferences(const simd::WeightedRow* rows, std::size_t count, const float* x,
                         float* delta, std::size_t size) {
  Sum<true>(rows, count, x, delta, size);
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay::simd {

HWY_EXPORT(WeightedSum);
HWY_EXPORT(WeightedDifferences);

bool weighted_sum(std::span<const WeightedRow> rows, VectorView x) {
  return HWY_DYNAMIC_DISPATCH(WeightedSum)(rows.data(), rows.size(), x.data(), x.size());
}

void weighted_differences(std::span<const WeightedRow> rows, ConstVectorView x, VectorView delta) {
  assert(x.size() == delta.size());
  HWY_DYNAMIC_DISPATCH(WeightedDifferences)
  (rows.data(), rows.size(), x.data(), delta.data(), delta.size());
}

}  // namespace hearsay::simd

#endif  // HWY_ONCE
