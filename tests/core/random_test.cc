#include "core/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <vector>

namespace hearsay {
namespace {

using ::testing::ElementsAre;

std::array<std::uint64_t, 3> first_three(Stream stream) {
  return {stream(), stream(), stream()};
}

TEST(Stream, IsSplitMix64) {
  // The published test vector of SplitMix64 with seed 1234567.
  Stream stream = Stream::from_state(1234567);
  EXPECT_EQ(stream(), 6457827717110365317U);
  EXPECT_EQ(stream(), 3203168211198807973U);
  EXPECT_EQ(stream(), 9817491932198370423U);
}

TEST(Stream, PinsTheStreamsOfItsKeys) {
  // Worked out by a second implementation. A change here changes every seeded run.
  EXPECT_THAT(first_three(Stream({1, Purpose::compression, 2, 3, 5})),
              ElementsAre(0xc5a64b9b08ec9590U, 0xb2c5d5167bdad5d3U, 0xaaeb5cbe6cd1808bU));
  EXPECT_THAT(first_three(Stream({0, Purpose::initial_model, 0, 0, 0})),
              ElementsAre(0xc27152359042b347U, 0x087edec46643afa5U, 0x301792408b5dad1eU));
}

TEST(Stream, PinsItsBoundedNumbersAndShuffles) {
  const StreamKey key{42, Purpose::synthetic, 0, 0, 0};
  Stream bounded(key);
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 12; ++i) numbers.push_back(bounded.below(10));
  EXPECT_THAT(numbers, ElementsAre(1, 1, 7, 7, 4, 9, 4, 3, 4, 3, 3, 6));

  Stream shuffling(key);
  std::vector<std::uint32_t> items(10);
  std::iota(items.begin(), items.end(), 0U);
  shuffle(items, shuffling);
  EXPECT_THAT(items, ElementsAre(6, 8, 3, 9, 4, 2, 7, 5, 0, 1));

  Stream real(key);
  EXPECT_EQ(real.uniform(), 0.1381072247475561);
}

TEST(Stream, DiffersByEachFieldOfItsKey) {
  std::set<std::uint64_t> firsts;
  std::size_t keys = 0;
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    for (const Purpose purpose : {Purpose::initial_model, Purpose::partition, Purpose::shuffle})
      for (std::uint64_t node = 0; node < 4; ++node)
        for (std::uint64_t round = 0; round < 4; ++round)
          for (std::uint64_t index = 0; index < 4; ++index, ++keys)
            firsts.insert(Stream({seed, purpose, node, round, index})());
  EXPECT_EQ(firsts.size(), keys);
}

TEST(Stream, IsNoShiftedCopyOfItsNeighbour) {
  // Rounds t and t + 1 must not walk the same sequence one step apart.
  std::set<std::uint64_t> seen;
  for (std::uint64_t round = 0; round < 100; ++round) {
    Stream stream({7, Purpose::compression, 1, round, 0});
    for (int i = 0; i < 100; ++i) seen.insert(stream());
  }
  EXPECT_EQ(seen.size(), 10000U);
}

TEST(Stream, ContinuesFromItsState) {
  Stream stream({1, Purpose::noise, 2, 3, 4});
  stream();
  Stream copy = Stream::from_state(stream.state());
  EXPECT_EQ(first_three(copy), first_three(stream));
}

TEST(Stream, UniformStaysBelowOne) {
  Stream stream({3, Purpose::noise, 0, 0, 0});
  double mean = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    mean += u / kDraws;
  }
  EXPECT_NEAR(mean, 0.5, 5 * 0.2887 / std::sqrt(kDraws));
}

TEST(Stream, BelowIsUniform) {
  // Chi-squared with 12 degrees of freedom exceeds 39.1 once in ten thousand.
  constexpr std::size_t kBound = 13;
  constexpr int kDraws = 130000;
  Stream stream({4, Purpose::noise, 0, 0, 0});
  std::array<int, kBound> counts{};
  for (int i = 0; i < kDraws; ++i) ++counts.at(stream.below(kBound));
  double chi = 0;
  for (const int count : counts) chi += (count - 10000.0) * (count - 10000.0) / 10000.0;
  EXPECT_LT(chi, 39.1);
}

TEST(Stream, BelowTakesTheExtremeBounds) {
  Stream stream({5, Purpose::noise, 0, 0, 0});
  EXPECT_EQ(stream.below(1), 0U);
  bool high = false;
  for (int i = 0; i < 100; ++i) high = stream.below(~std::uint64_t{0}) >> 63U != 0 || high;
  EXPECT_TRUE(high);
  // 3 * 2^62: taking the remainder would give the lower third twice as often as the rest.
  int low = 0;
  for (int i = 0; i < 9000; ++i) low += stream.below(3ULL << 62U) < (1ULL << 62U) ? 1 : 0;
  EXPECT_NEAR(low, 3000, 5 * 45);
}

TEST(Shuffle, IsAPermutation) {
  Stream stream({6, Purpose::shuffle, 0, 0, 0});
  for (const std::size_t size : {0U, 1U, 2U, 1000U}) {
    std::vector<std::uint32_t> items(size);
    std::iota(items.begin(), items.end(), 0U);
    std::vector<std::uint32_t> sorted = items;
    shuffle(items, stream);
    if (size == 1000) {
      EXPECT_NE(items, sorted);
    }
    std::sort(items.begin(), items.end());
    EXPECT_EQ(items, sorted);
  }
}

TEST(Shuffle, GivesEveryOrderEquallyOften) {
  // 24 orders of 4; chi-squared with 23 degrees of freedom exceeds 56.0 once in ten thousand.
  Stream stream({7, Purpose::shuffle, 0, 0, 0});
  std::map<std::vector<std::uint32_t>, int> counts;
  for (int i = 0; i < 24000; ++i) {
    std::vector<std::uint32_t> items = {0, 1, 2, 3};
    shuffle(items, stream);
    ++counts[items];
  }
  ASSERT_EQ(counts.size(), 24U);
  double chi = 0;
  for (const auto& entry : counts) chi += (entry.second - 1000.0) * (entry.second - 1000.0) / 1000;
  EXPECT_LT(chi, 56.0);
}

}  // namespace
}  // namespace hearsay
