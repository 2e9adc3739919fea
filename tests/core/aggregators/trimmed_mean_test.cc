#include "core/aggregators/trimmed_mean.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/aggregators/aggregator_testing.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TrimmedMean, LeavesOutTheLargestAndTheSmallestOfEachCoordinate) {
  EXPECT_THAT(aggregate(TrimmedMean(std::size_t{1}), {{1, -1e30F}, {2, 4}, {6, 6}, {1e30F, 8}}),
              ElementsAre(4, 5));
  EXPECT_THAT(aggregate(TrimmedMean(std::size_t{2}), {{9}, {1}, {7}, {2}, {3}}), ElementsAre(3));
}

TEST(TrimmedMean, RoundsAShareDownToACount) {
  EXPECT_EQ(TrimmedMean(0.2).trimmed(20), 4U);
  EXPECT_EQ(TrimmedMean(0.2).trimmed(19), 3U);
  EXPECT_EQ(TrimmedMean(0.29).trimmed(100), 29U);  // 0.29 * 100 is a little below 29 in double
  EXPECT_EQ(TrimmedMean(0.49).trimmed(3), 1U);
  EXPECT_EQ(TrimmedMean(std::size_t{4}).trimmed(1000), 4U);
}

TEST(TrimmedMean, IsImpossibleWhereNothingIsLeftOrNothingIsTrimmed) {
  EXPECT_EQ(TrimmedMean(std::size_t{2}).impossible_for(5), std::nullopt);
  EXPECT_THAT(TrimmedMean(std::size_t{2}).impossible_for(4).value_or(""),
              HasSubstr("trims 2 a side of 4 vectors, allowed are at most 1"));
  EXPECT_THAT(TrimmedMean(0.2).impossible_for(4).value_or(""),
              HasSubstr("trims nothing of 4 vectors"));
  EXPECT_EQ(TrimmedMean(0.2).impossible_for(1), std::nullopt);  // nobody to be poisoned by
  EXPECT_THAT(TrimmedMean(std::size_t{1}).impossible_for(1).value_or(""), HasSubstr("at most 0"));
}

TEST(TrimmedMean, TakesACountOrAFraction) {
  const auto make = [](std::initializer_list<Entry> entries) {
    Params given = settings({{"name", "trimmed-mean"}});
    for (const Entry& entry : entries) given.set(entry.key, entry.value);
    return aggregator_of(given);
  };
  EXPECT_EQ(make({{"count", 2}})->impossible_for(5), std::nullopt);
  EXPECT_EQ(make({{"fraction", 0.4}})->impossible_for(5), std::nullopt);
  EXPECT_THAT(message_of<ParamError>([&] {
                make({{"count", 2}, {"fraction", 0.1}});
              }),
              HasSubstr("not both"));
  EXPECT_THAT(message_of<ParamError>([&] { make({}); }), HasSubstr("needs count or fraction"));
}

}  // namespace
}  // namespace hearsay
