#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/partition.h"

// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

std::vector<std::uint32_t> rows_from(std::uint32_t first, std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

std::vector<std::uint32_t> taken(BatchSampler& sampler, Round first, Round last) {
  std::vector<std::uint32_t> rows;
  for (Round t = first; t <= last; ++t) {
    const auto batch = sampler.batch(t);
    rows.insert(rows.end(), batch.begin(), batch.end());
  }
  return rows;
}

TEST(BatchSampler, FullTakesAllRowsEachRound) {
  BatchSampler sampler({4, 2, 9}, 0, 1, 0);
  EXPECT_THAT(sampler.batch(1), ElementsAre(4, 2, 9));
  EXPECT_THAT(sampler.batch(7), ElementsAre(4, 2, 9));
  EXPECT_EQ(sampler.epochs(7), 7.0);
}

TEST(BatchSampler, ANodeWithFewerRowsTakesThemAll) {
  BatchSampler sampler({4, 2, 9}, 5, 1, 0);
  EXPECT_THAT(sampler.batch(3), ElementsAre(4, 2, 9));
  EXPECT_EQ(sampler.epochs(3), 3.0);
}

TEST(BatchSampler, HasNoBatchesWithoutRows) {
  BatchSampler sampler({}, 32, 1, 0);
  EXPECT_TRUE(sampler.batch(1).empty());
}

TEST(BatchSampler, AnEpochIsAShuffleKeyedByNodeAndEpoch) {
  const auto rows = rows_from(100, 12);
  BatchSampler sampler(rows, 4, 9, 3);
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
    auto expected = rows;
    Stream stream({9, Purpose::shuffle, 3, epoch});
    shuffle(expected, stream);
    EXPECT_THAT(taken(sampler, 3 * epoch + 1, 3 * epoch + 3), ElementsAreArray(expected));
  }
}

TEST(BatchSampler, EpochsSeedsAndNodesDiffer) {
  const auto rows = rows_from(0, 40);
  BatchSampler sampler(rows, 40, 1, 0);
  BatchSampler other_node(rows, 40, 1, 1);
  BatchSampler other_seed(rows, 40, 2, 0);
  const auto first = taken(sampler, 1, 1);
  EXPECT_NE(first, taken(sampler, 2, 2));
  EXPECT_NE(first, taken(other_node, 1, 1));
  EXPECT_NE(first, taken(other_seed, 1, 1));
}

TEST(BatchSampler, ABatchMayStraddleTwoEpochs) {
  const auto rows = rows_from(0, 5);
  BatchSampler sampler(rows, 3, 1, 0);
  BatchSampler whole(rows, 5, 1, 0);
  const auto walk = taken(whole, 1, 3);  // three epochs, 15 places
  const auto batches = taken(sampler, 1, 5);
  EXPECT_EQ(batches, walk);
  EXPECT_DOUBLE_EQ(sampler.epochs(5), 3.0);
  EXPECT_DOUBLE_EQ(sampler.epochs(1), 0.6);
}

RC_GTEST_PROP(BatchSampler, ABatchDependsOnTheRoundAlone, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 40);
  const auto batch = *rc::gen::inRange<std::size_t>(0, 45);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto rounds = *rc::gen::container<std::vector<Round>>(rc::gen::inRange<Round>(1, 60));
  BatchSampler jumping(rows_from(0, count), batch, seed, 5);
  for (const Round t : rounds) {
    BatchSampler fresh(rows_from(0, count), batch, seed, 5);
    RC_ASSERT(taken(jumping, t, t) == taken(fresh, t, t));
  }
}

RC_GTEST_PROP(BatchSampler, AnEpochHasEachRowOnce, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 30);
  const auto batch = *rc::gen::inRange<std::size_t>(1, 31);
  RC_PRE(batch <= count);
  BatchSampler sampler(rows_from(0, count), batch, *rc::gen::arbitrary<std::uint64_t>(), 0);
  const auto walk = taken(sampler, 1, count);  // count * batch places: `batch` epochs
  RC_ASSERT(walk.size() == count * batch);
  for (std::size_t epoch = 0; epoch < batch; ++epoch) {
    const auto begin = walk.begin() + static_cast<std::ptrdiff_t>(epoch * count);
    std::vector<std::uint32_t> rows(begin, begin + static_cast<std::ptrdiff_t>(count));
    std::sort(rows.begin(), rows.end());
    RC_ASSERT(rows == rows_from(0, count));
  }
}

}  // namespace
}  // namespace hearsay
