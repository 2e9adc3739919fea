#include "core/vector_ops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/vector_ops.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/highway.h>

#include <bit>
#include <cassert>
#include <cstdint>

#include "core/simd/reduce-inl.h"
#include "core/simd/values-inl.h"

HWY_BEFORE_NAMESPACE();
// NOLINTBEGIN(readability-identifier-naming): CamelCase, as in Highway
namespace hearsay::HWY_NAMESPACE {

constexpr hn::ScalableTag<float> kFloats{};
constexpr std::size_t kWidth = hn::MaxLanes(kFloats);

HWY_INLINE Doubles Widened(const float* x) {
  return hn::PromoteTo(kDoubles, hn::LoadU(kHalfFloats, x));
}

double Dot(const float* x, const float* y, std::size_t size) {
  return Reduce(
      size, [=](std::size_t j) HWY_ATTR { return hn::Mul(Widened(x + j), Widened(y + j)); },
      [=](std::size_t j) HWY_ATTR { return double{x[j]} * double{y[j]}; });
}

double Norm1(const float* x, std::size_t size) {
  MagnitudeLanes lanes;
  constexpr std::size_t kGroup = Lanes::kCount;
  for (std::size_t j = 0; j + kGroup <= size; j += kGroup)
    for (std::size_t l = 0; l < kGroup; l += MagnitudeLanes::kWidth)
      lanes.add(l, hn::LoadU(MagnitudeLanes::kFloats, x + j + l));
  return lanes.total(size, [=](std::size_t j) HWY_ATTR { return x[j]; });
}

double SquaredDistance(const float* x, const float* y, std::size_t size) {
  return Reduce(
      size,
      [=](std::size_t j) HWY_ATTR {
        const Doubles difference = hn::Sub(Widened(x + j), Widened(y + j));
        return hn::Mul(difference, difference);
      },
      [=](std::size_t j) HWY_ATTR {
        const double difference = double{x[j]} - double{y[j]};
        return difference * difference;
      });
}

double Sum(const double* x, std::size_t size) {
  return Reduce(
      size, [=](std::size_t j) HWY_ATTR { return hn::LoadU(kDoubles, x + j); },
      [=](std::size_t j) HWY_ATTR { return x[j]; });
}

/// The bits of the largest magnitude of some values, NaN above infinity.
template <class Values>
HWY_INLINE std::uint32_t LargestOf(Values of, std::size_t size) {
  const hn::RebindToUnsigned<decltype(kFloats)> bits;
  constexpr std::size_t kMany = 4;
  hn::Vec<decltype(bits)> largest[kMany];
  for (auto& some : largest) some = hn::Zero(bits);
  std::size_t j = 0;
  for (; j + kMany * kWidth <= size; j += kMany * kWidth)
    for (std::size_t m = 0; m < kMany; ++m) {
      of.prefetch(j + m * kWidth);
      largest[m] =
          hn::Max(largest[m], hn::BitCast(bits, hn::Abs(of.take(kFloats, j + m * kWidth))));
    }
  const auto both = hn::Max(hn::Max(largest[0], largest[1]), hn::Max(largest[2], largest[3]));
  std::uint32_t result = hn::GetLane(hn::MaxOfLanes(bits, both));
  for (; j < size; ++j) {
    const std::uint32_t one = __builtin_bit_cast(std::uint32_t, of.one(j)) & 0x7fffffffU;
    result = one > result ? one : result;
  }
  return result;
}

std::uint32_t LargestMagnitude(const float* x, std::size_t size) {
  return LargestOf(PlainValues{x}, size);
}

std::uint32_t LargestPacked(const std::byte* x, std::size_t size) {
  return LargestOf(PackedValues{x}, size);
}

std::uint32_t LargestDifference(const float* x, const float* y, std::size_t size) {
  return LargestOf(Differences{x, y}, size);
}

std::uint32_t AddLargest(float* y, const float* x, std::size_t size) {
  return LargestOf(RunningSums{x, y}, size);
}

/// y + a x, to be left in y
struct ScaledSums {
  float* HWY_RESTRICT y;
  float a;
  const float* HWY_RESTRICT x;
  template <class D>
  HWY_INLINE hn::Vec<D> take(D d, std::size_t j) const {
    const auto sum = hn::Add(hn::LoadU(d, y + j), hn::Mul(hn::Set(d, a), hn::LoadU(d, x + j)));
    hn::StoreU(sum, d, y + j);
    return sum;
  }
  HWY_INLINE float one(std::size_t j) const { return y[j] += a * x[j]; }
  HWY_INLINE void prefetch(std::size_t /*j*/) const {}
};

/// The largest magnitude of what y is then, as LargestOf has it.
std::uint32_t AddScaled(float* HWY_RESTRICT y, float a, const float* HWY_RESTRICT x,
                        std::size_t size) {
  return LargestOf(ScaledSums{y, a, x}, size);
}

void AddTo(float* HWY_RESTRICT y, const float* HWY_RESTRICT x, std::size_t size) {
  std::size_t j = 0;
  for (; j + kWidth <= size; j += kWidth)
    hn::StoreU(hn::Add(hn::LoadU(kFloats, x + j), hn::LoadU(kFloats, y + j)), kFloats, y + j);
  for (; j < size; ++j) y[j] = x[j] + y[j];
}

void Subtract(float* out, const float* x, const float* y, std::size_t size) {
  std::size_t j = 0;
  for (; j + kWidth <= size; j += kWidth)
    hn::StoreU(hn::Sub(hn::LoadU(kFloats, x + j), hn::LoadU(kFloats, y + j)), kFloats, out + j);
  for (; j < size; ++j) out[j] = x[j] - y[j];
}

void Accumulate(double* HWY_RESTRICT y, double a, const float* HWY_RESTRICT x, std::size_t size) {
  constexpr std::size_t width = hn::MaxLanes(kDoubles);
  const Doubles factor = hn::Set(kDoubles, a);
  std::size_t j = 0;
  for (; j + width <= size; j += width)
    hn::StoreU(hn::Add(hn::LoadU(kDoubles, y + j), hn::Mul(factor, Widened(x + j))), kDoubles,
               y + j);
  for (; j < size; ++j) y[j] += a * double{x[j]};
}

void RoundToFloat(float* HWY_RESTRICT out, const double* HWY_RESTRICT x, std::size_t size) {
  constexpr std::size_t width = hn::MaxLanes(kDoubles);
  std::size_t j = 0;
  for (; j + width <= size; j += width)
    hn::StoreU(hn::DemoteTo(kHalfFloats, hn::LoadU(kDoubles, x + j)), kHalfFloats, out + j);
  for (; j < size; ++j) out[j] = static_cast<float>(x[j]);
}

}  // namespace hearsay::HWY_NAMESPACE
// NOLINTEND(readability-identifier-naming)
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay {

HWY_EXPORT(Dot);
HWY_EXPORT(Norm1);
HWY_EXPORT(SquaredDistance);
HWY_EXPORT(Sum);
HWY_EXPORT(LargestMagnitude);
HWY_EXPORT(LargestPacked);
HWY_EXPORT(LargestDifference);
HWY_EXPORT(AddLargest);
HWY_EXPORT(AddScaled);
HWY_EXPORT(AddTo);
HWY_EXPORT(Subtract);
HWY_EXPORT(Accumulate);
HWY_EXPORT(RoundToFloat);

double dot(ConstVectorView x, ConstVectorView y) {
  assert(x.size() == y.size());
  return HWY_DYNAMIC_DISPATCH(Dot)(x.data(), y.data(), x.size());
}

double norm1(ConstVectorView x) {
  return HWY_DYNAMIC_DISPATCH(Norm1)(x.data(), x.size());
}

double squared_norm(ConstVectorView x) {
  return dot(x, x);
}

double squared_distance(ConstVectorView x, ConstVectorView y) {
  assert(x.size() == y.size());
  return HWY_DYNAMIC_DISPATCH(SquaredDistance)(x.data(), y.data(), x.size());
}

double sum(std::span<const double> x) {
  return HWY_DYNAMIC_DISPATCH(Sum)(x.data(), x.size());
}

float norm_inf(ConstVectorView x) {
  return std::bit_cast<float>(HWY_DYNAMIC_DISPATCH(LargestMagnitude)(x.data(), x.size()));
}

float norm_inf_of_difference(ConstVectorView x, ConstVectorView y) {
  assert(x.size() == y.size());
  return std::bit_cast<float>(
      HWY_DYNAMIC_DISPATCH(LargestDifference)(x.data(), y.data(), x.size()));
}

float add_norm_inf(VectorView y, ConstVectorView x) {
  assert(x.size() == y.size());
  return std::bit_cast<float>(HWY_DYNAMIC_DISPATCH(AddLargest)(y.data(), x.data(), y.size()));
}

namespace {

constexpr std::uint32_t kInfinity = 0x7f800000U;

}  // namespace

bool all_finite(ConstVectorView x) {
  return HWY_DYNAMIC_DISPATCH(LargestMagnitude)(x.data(), x.size()) < kInfinity;
}

bool all_finite(ByteView floats) {
  assert(floats.size() % sizeof(float) == 0);
  return HWY_DYNAMIC_DISPATCH(LargestPacked)(floats.data(), floats.size() / sizeof(float)) <
         kInfinity;
}

bool add_scaled(VectorView y, float a, ConstVectorView x) {
  assert(x.size() == y.size());
  return HWY_DYNAMIC_DISPATCH(AddScaled)(y.data(), a, x.data(), y.size()) < kInfinity;
}

void add(VectorView y, ConstVectorView x) {
  assert(x.size() == y.size());
  HWY_DYNAMIC_DISPATCH(AddTo)(y.data(), x.data(), y.size());
}

void subtract(VectorView out, ConstVectorView x, ConstVectorView y) {
  assert(x.size() == y.size() && out.size() == x.size());
  HWY_DYNAMIC_DISPATCH(Subtract)(out.data(), x.data(), y.data(), out.size());
}

void accumulate(std::span<double> y, double a, ConstVectorView x) {
  assert(x.size() == y.size());
  HWY_DYNAMIC_DISPATCH(Accumulate)(y.data(), a, x.data(), y.size());
}

void round_to_float(VectorView out, std::span<const double> x) {
  assert(out.size() == x.size());
  HWY_DYNAMIC_DISPATCH(RoundToFloat)(out.data(), x.data(), out.size());
}

}  // namespace hearsay

#endif  // HWY_ONCE
