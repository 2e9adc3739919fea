#include "core/vector_ops.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>

namespace hearsay {

namespace {

constexpr std::size_t kLanes = 8;

/// sum_j term(j) in kLanes partial sums, added pairwise at the end; the tail goes to the lanes in
/// order.
template <class Term>
double reduce(std::size_t size, Term term) {
  std::array<double, kLanes> lane{};
  std::size_t j = 0;
  for (; j + kLanes <= size; j += kLanes)
    for (std::size_t l = 0; l < kLanes; ++l) lane[l] += term(j + l);
  for (std::size_t l = 0; j < size; ++j, ++l) lane[l] += term(j);
  return ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]));
}

double wide(float x) {
  return static_cast<double>(x);
}

}  // namespace

double dot(ConstVectorView x, ConstVectorView y) {
  assert(x.size() == y.size());
  return reduce(x.size(), [&](std::size_t j) { return wide(x[j]) * wide(y[j]); });
}

double norm1(ConstVectorView x) {
  return reduce(x.size(), [&](std::size_t j) { return std::fabs(wide(x[j])); });
}

double squared_norm(ConstVectorView x) {
  return dot(x, x);
}

double squared_distance(ConstVectorView x, ConstVectorView y) {
  assert(x.size() == y.size());
  return reduce(x.size(), [&](std::size_t j) {
    const double difference = wide(x[j]) - wide(y[j]);
    return difference * difference;
  });
}

float norm_inf(ConstVectorView x) {
  float largest = 0.0F;
  for (const float value : x) largest = std::max(largest, std::fabs(value));
  return largest;
}

double sum(std::span<const double> x) {
  return reduce(x.size(), [&](std::size_t j) { return x[j]; });
}

bool all_finite(ConstVectorView x) {
  // Adding one to an exponent of all ones carries into the sign bit, which the union keeps: no
  // branch per element.
  std::uint32_t poison = 0;
  for (const float value : x)
    poison |= (std::bit_cast<std::uint32_t>(value) & 0x7fffffffU) + 0x00800000U;
  return (poison & 0x80000000U) == 0;
}

void add_scaled(VectorView y, float a, ConstVectorView x) {
  assert(x.size() == y.size());
  for (std::size_t j = 0; j < x.size(); ++j) y[j] += a * x[j];
}

void subtract(VectorView out, ConstVectorView x, ConstVectorView y) {
  assert(x.size() == y.size() && out.size() == x.size());
  for (std::size_t j = 0; j < x.size(); ++j) out[j] = x[j] - y[j];
}

void accumulate(std::span<double> y, double a, ConstVectorView x) {
  assert(x.size() == y.size());
  for (std::size_t j = 0; j < x.size(); ++j) y[j] += a * wide(x[j]);
}

void round_to_float(VectorView out, std::span<const double> x) {
  assert(out.size() == x.size());
  for (std::size_t j = 0; j < x.size(); ++j) out[j] = static_cast<float>(x[j]);
}

}  // namespace hearsay
