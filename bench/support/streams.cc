#include "bench/support/streams.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/support/streams.cc"
#include <hwy/foreach_target.h>
// above all others that it includes again
#include <hwy/highway.h>

#include <boost/random/normal_distribution.hpp>
#include <cassert>
#include <stdexcept>

#include "core/random.h"

HWY_BEFORE_NAMESPACE();
namespace hearsay::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::ScalableTag<float> kFloats{};
using Floats = hn::Vec<decltype(kFloats)>;
constexpr std::size_t kWidth = hn::MaxLanes(kFloats);

float Read(const float* x, std::size_t size) {
  constexpr std::size_t kSums = 8;
  Floats sums[kSums];
  for (std::size_t s = 0; s < kSums; ++s) sums[s] = hn::Zero(kFloats);
  std::size_t j = 0;
  for (; j + kSums * kWidth <= size; j += kSums * kWidth)
    for (std::size_t s = 0; s < kSums; ++s)
      sums[s] = hn::Add(sums[s], hn::LoadU(kFloats, x + j + s * kWidth));
  for (std::size_t s = 1; s < kSums; ++s) sums[0] = hn::Add(sums[0], sums[s]);
  float sum = hn::GetLane(hn::SumOfLanes(kFloats, sums[0]));
  for (; j < size; ++j) sum += x[j];
  return sum;
}

/// updated[u] += the sum of the inputs.
template <std::size_t kUpdated, std::size_t kInputs>
void Touch(float* const* updated, const float* const* inputs, std::size_t size) {
  float* HWY_RESTRICT out[kUpdated];
  const float* HWY_RESTRICT in[kInputs];
  for (std::size_t u = 0; u < kUpdated; ++u) out[u] = updated[u];
  for (std::size_t i = 0; i < kInputs; ++i) in[i] = inputs[i];
  for (std::size_t j = 0; j + kWidth <= size; j += kWidth) {
    Floats sum = hn::LoadU(kFloats, in[0] + j);
    for (std::size_t i = 1; i < kInputs; ++i) sum = hn::Add(sum, hn::LoadU(kFloats, in[i] + j));
    for (std::size_t u = 0; u < kUpdated; ++u)
      hn::StoreU(hn::Add(hn::LoadU(kFloats, out[u] + j), sum), kFloats, out[u] + j);
  }
}

void Touch4And1(float* const* updated, const float* const* inputs, std::size_t size) {
  Touch<4, 1>(updated, inputs, size);
}

void Touch5And2(float* const* updated, const float* const* inputs, std::size_t size) {
  Touch<5, 2>(updated, inputs, size);
}

}  // namespace hearsay::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace hearsay::bench {

HWY_EXPORT(Read);
HWY_EXPORT(Touch4And1);
HWY_EXPORT(Touch5And2);

float read(ConstVectorView x) {
  return HWY_DYNAMIC_DISPATCH(Read)(x.data(), x.size());
}

void touch(std::span<Vector> updated, std::span<const Vector> inputs) {
  std::vector<float*> out;
  std::vector<const float*> in;
  for (Vector& x : updated) out.push_back(x.data());
  for (const Vector& x : inputs) in.push_back(x.data());
  if (out.size() == 4 && in.size() == 1)
    return HWY_DYNAMIC_DISPATCH(Touch4And1)(out.data(), in.data(), updated[0].size());
  if (out.size() == 5 && in.size() == 2)
    return HWY_DYNAMIC_DISPATCH(Touch5And2)(out.data(), in.data(), updated[0].size());
  throw std::invalid_argument("no loop over so many arrays");
}

Vector normal_vector(std::size_t size, std::uint64_t seed) {
  Stream stream = Stream::from_state(seed);
  boost::random::normal_distribution<float> normal;
  Vector x(size);
  for (float& value : x) value = normal(stream);
  return x;
}

}  // namespace hearsay::bench

#endif  // HWY_ONCE
