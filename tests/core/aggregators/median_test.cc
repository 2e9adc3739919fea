#include "core/aggregators/median.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/aggregators/aggregator_testing.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;

TEST(Median, IsTheMiddleValueOfEachCoordinate) {
  EXPECT_THAT(aggregate(Median(), {{1, 9, -1}, {2, 8, 5}, {1e30F, 7, 0}}), ElementsAre(2, 8, 0));
}

TEST(Median, OfAnEvenNumberIsTheMeanOfTheMiddleTwo) {
  EXPECT_THAT(aggregate(Median(), {{1}, {2}, {-50}, {4}}), ElementsAre(1.5F));
  EXPECT_THAT(aggregate(Median(), {{1}, {4}}), ElementsAre(2.5F));
  EXPECT_THAT(aggregate(Median(), {{FLT_MAX}, {FLT_MAX}}), ElementsAre(FLT_MAX));
}

TEST(Median, OfOneVectorIsThatVector) {
  EXPECT_THAT(aggregate(Median(), {{3, -4}}), ElementsAre(3, -4));
}

TEST(Median, SaysThatItIsBiasedForUnlikeVectors) {
  // Three honest vectors, each of which is alone in seeing something: their mean is 1 everywhere,
  // and their median, with nobody poisoned, is 0.
  EXPECT_THAT(aggregate(Median(), {{3, 0, 0}, {0, 3, 0}, {0, 0, 3}}), ElementsAre(0, 0, 0));
}

}  // namespace
}  // namespace hearsay
