#include "core/simd/signs.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "core/vector_ops.h"
#include "tests/core/simd/targets.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

/// Floats of all magnitudes: any bits but those of infinity and NaN, which `special` adds.
Vector any_floats(std::size_t d, std::uint64_t seed, float special = 0.0F) {
  Stream stream = stream_of(seed);
  Vector x(d);
  for (float& value : x) {
    do value = std::bit_cast<float>(static_cast<std::uint32_t>(stream()));
    while (!std::isfinite(value));
    if (stream() % 4 == 0) value *= std::numeric_limits<float>::min();  // subnormal, or zero
  }
  if (special != 0.0F) x[d / 2] = special;
  return x;
}

/// Term j is added to sum j mod 16, and halves of the sums are added up until one is left.
double norm1_in_order(ConstVectorView x) {
  double lane[16] = {};
  for (std::size_t j = 0; j < x.size(); ++j) lane[j % 16] += std::fabs(double{x[j]});
  for (std::size_t half = 8; half > 0; half /= 2)
    for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
  return lane[0];
}

Bytes signs_in_order(ConstVectorView x) {
  Bytes bits((x.size() + 7) / 8, std::byte{0});
  for (std::size_t j = 0; j < x.size(); ++j)
    if (x[j] < 0.0F) bits[j / 8] |= std::byte{1} << (j % 8);
  return bits;
}

void expect_same(double found, double expected, std::size_t d) {
  if (std::isnan(expected))
    EXPECT_TRUE(std::isnan(found)) << d;
  else
    EXPECT_EQ(std::bit_cast<std::uint64_t>(found), std::bit_cast<std::uint64_t>(expected)) << d;
}

TEST(Signs, TheNormIsASumOfDoublesInOrderWhateverTheValues) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  on_every_cpu([&] {
    for (const float special : {0.0F, kInfinity, -kInfinity, std::nanf("")})
      for (const std::size_t d : {1, 2, 15, 16, 17, 31, 32, 100, 1000}) {
        const Vector x = any_floats(d, d, special);
        const Vector y = gaussian_vector(d, d);
        Bytes bits((d + 7) / 8);
        expect_same(norm1(x), norm1_in_order(x), d);
        expect_same(simd::pack_signs(x, bits.data()), norm1_in_order(x), d);
        EXPECT_EQ(bits, signs_in_order(x)) << d;

        Vector made(d);
        for (std::size_t j = 0; j < d; ++j) made[j] = x[j] - y[j];
        expect_same(simd::pack_signs_of_difference(x, y, bits.data()), norm1_in_order(made), d);
        EXPECT_EQ(bits, signs_in_order(made)) << d;

        for (std::size_t j = 0; j < d; ++j) made[j] = x[j] + y[j];
        Vector sums = y;
        expect_same(simd::pack_signs_of_sum(x, sums, bits.data()), norm1_in_order(made), d);
        EXPECT_EQ(bits, signs_in_order(made)) << d;
        EXPECT_EQ(bits_of(sums), bits_of(made)) << d;
      }
  });
}

/// What is below 2^-896 as a scaled double, and sums on both sides of 2^128.
TEST(Signs, SubnormalAndHugeSumsAreExact) {
  on_every_cpu([] {
    for (const float value : {std::numeric_limits<float>::denorm_min(), 1e-40F, 1e-38F, 1e38F,
                              std::numeric_limits<float>::max()}) {
      const Vector x(100, value);
      EXPECT_EQ(norm1(x), norm1_in_order(x)) << value;
    }
  });
}

}  // namespace
}  // namespace hearsay
