#include "core/compressors/random_k.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

TEST(RandomK, SendsTheSeedAndTheValuesOnly) {
  const RandomK random(100, 3);
  const Vector x = gaussian_vector(100, 1);
  const Bytes payload = encoded(random, x, 5);
  ASSERT_EQ(payload.size(), 8U + 3 * 4U);
  Stream stream = stream_of(5);
  std::uint64_t seed = stream();
  for (std::size_t i = 0; i < 8; ++i, seed >>= 8U)
    EXPECT_EQ(std::to_integer<std::uint64_t>(payload[i]), seed & 0xffU);
}

TEST(RandomK, DrawsOneNumberOfTheStream) {
  Stream used = stream_of(5);
  Stream untouched = stream_of(5);
  Workspace work;
  Bytes out;
  RandomK(100, 30).encode(gaussian_vector(100, 1), used, work, out);
  untouched();
  EXPECT_EQ(used.state(), untouched.state());
}

TEST(RandomK, DeliversTheChosenValuesUnscaled) {
  const Vector x = gaussian_vector(200, 2);
  const Vector c = compressed(RandomK(200, 20), x);
  std::size_t kept = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    if (c[j] == 0.0F) continue;
    EXPECT_EQ(c[j], x[j]);
    ++kept;
  }
  EXPECT_EQ(kept, 20U);
}

TEST(RandomK, DrawsEverySetEquallyOften) {
  // 10 sets of 3 of 5. Chi-squared with 9 degrees of freedom exceeds 33.7 once in ten thousand.
  std::map<std::uint64_t, int> counts;
  std::vector<std::uint64_t> bitmap;
  constexpr int kDraws = 20000;
  Stream seeds = stream_of(3);
  for (int i = 0; i < kDraws; ++i) {
    draw_subset(seeds(), 5, 3, bitmap);
    ASSERT_EQ(std::popcount(bitmap.at(0)), 3);
    ++counts[bitmap[0]];
  }
  ASSERT_EQ(counts.size(), 10U);
  double chi = 0;
  for (const auto& [set, count] : counts)
    chi += std::pow(count - kDraws / 10.0, 2) / (kDraws / 10.0);
  EXPECT_LT(chi, 33.7);
}

TEST(RandomK, HasExactlyKOfD) {
  std::vector<std::uint64_t> bitmap;
  for (const std::size_t d : {1U, 63U, 64U, 65U, 1000U}) {
    for (const std::size_t k : {std::size_t{1}, d / 2 + 1, d}) {
      draw_subset(42, d, k, bitmap);
      std::size_t count = 0;
      for (std::size_t j = 0; j < 64 * bitmap.size(); ++j) {
        if (((bitmap[j / 64] >> (j % 64)) & 1U) == 0) continue;
        ASSERT_LT(j, d);
        ++count;
      }
      EXPECT_EQ(count, k) << "of " << d;
    }
  }
}

TEST(RandomK, KeepsTheShareOfTheEnergyOnAverage) {
  const Vector x = gaussian_vector(50, 4);
  const RandomK random(50, 10);
  EXPECT_DOUBLE_EQ(random.contraction(), 0.2);
  double mean = 0;
  constexpr int kDraws = 4000;
  for (std::uint64_t i = 0; i < kDraws; ++i)
    mean += squared_distance(compressed(random, x, i), x) / kDraws;
  EXPECT_NEAR(mean / squared_norm(x), 0.8, 0.01);
}

TEST(RandomK, PinsTheSetOfASeed) {
  // Both ends derive the indices: a change here is a change of the wire format.
  std::vector<std::uint64_t> bitmap;
  draw_subset(2024, 64, 6, bitmap);
  EXPECT_EQ(fmt::format("{:016x}", bitmap.at(0)), "00100018000400a0");
}

}  // namespace
}  // namespace hearsay
