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

/// What is made of x and the rows.
enum class Made {
  sum,          // the sum of the rows
  differences,  // the sum of what they have more than x
  step,         // x and gamma times the sum of the rows
};

template <Made kMade>
bool Make(const simd::WeightedRow* rows, std::size_t count, const float* x, float gamma, float* to,
          std::size_t size) {
  const Floats factor = hn::Set(kFloats, gamma);
  auto largest = hn::Zero(kWords);  // magnitude, as the bits of a float
  std::size_t j = 0;
  for (; j + kStep * kLanes <= size; j += kStep * kLanes) {
    Floats sums[kStep];
    Floats own[kStep];
    for (std::size_t v = 0; v < kStep; ++v) {
      sums[v] = hn::Zero(kFloats);
      if constexpr (kMade != Made::sum) own[v] = hn::LoadU(kFloats, x + j + v * kLanes);
    }
    for (std::size_t k = 0; k < count; ++k) {
      const Floats weight = hn::Set(kFloats, rows[k].weight);
      const std::byte* const row = rows[k].values + 4 * j;
      for (std::size_t v = 0; v < kStep; ++v) {
        hwy::Prefetch(row + 4 * (v * kLanes + kAhead));
        Floats value = LoadPacked(kFloats, row + 4 * v * kLanes);
        if constexpr (kMade == Made::differences) value = hn::Sub(value, own[v]);
        sums[v] = hn::Add(sums[v], hn::Mul(weight, value));
      }
    }
    for (std::size_t v = 0; v < kStep; ++v) {
      if constexpr (kMade == Made::step) sums[v] = hn::Add(own[v], hn::Mul(factor, sums[v]));
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
      if constexpr (kMade == Made::differences) value -= x[j];
      sum += rows[k].weight * value;
    }
    if constexpr (kMade == Made::step) sum = x[j] + gamma * sum;
    to[j] = sum;
    finite = finite && (__builtin_bit_cast(std::uint32_t, sum) & 0x7fffffffU) < kInfinity;
  }
  return finite;
}

bool WeightedSum(const simd::WeightedRow* rows, std::size_t count, float* x, std::size_t size) {
  return Make<Made::sum>(rows, count, nullptr, 0.0F, x, size);
}

void WeightedDifferences(const simd::WeightedRow* rows, std::size_t count, const float* x,
                         float* delta, std::size_t size) {
  Make<Made::differences>(rows, count, x, 0.0F, delta, size);
}

bool WeightedStep(const simd::WeightedRow* rows, std::size_t count, const float* x, float gamma,
                  float* y, std::size_t size) {
  return Make<Made::step>(rows, count, x, gamma, y, size);
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay::simd {

HWY_EXPORT(WeightedSum);
HWY_EXPORT(WeightedDifferences);
HWY_EXPORT(WeightedStep);

bool weighted_sum(std::span<const WeightedRow> rows, VectorView x) {
  return HWY_DYNAMIC_DISPATCH(WeightedSum)(rows.data(), rows.size(), x.data(), x.size());
}

void weighted_differences(std::span<const WeightedRow> rows, ConstVectorView x, VectorView delta) {
  assert(x.size() == delta.size());
  HWY_DYNAMIC_DISPATCH(WeightedDifferences)
  (rows.data(), rows.size(), x.data(), delta.data(), delta.size());
}

bool weighted_step(std::span<const WeightedRow> rows, ConstVectorView x, float gamma,
                   VectorView y) {
  assert(x.size() == y.size());
  return HWY_DYNAMIC_DISPATCH(WeightedStep)(rows.data(), rows.size(), x.data(), gamma, y.data(),
                                            y.size());
}

}  // namespace hearsay::simd

#endif  // HWY_ONCE
