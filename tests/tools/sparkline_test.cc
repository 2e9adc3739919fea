#include "tools/sparkline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace hearsay {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Sparkline, EqualRatiosAreEqualSteps) {
  const Sparkline line = sparkline({1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1}, 10, true);
  EXPECT_EQ(line.bars, "█▇▆▅▄▃▂▁");
  EXPECT_TRUE(line.logarithmic);
  EXPECT_EQ(line.lowest, 1.0);
  EXPECT_EQ(line.highest, 1e7);
}

TEST(Sparkline, NegativeValuesMakeItLinear) {
  const Sparkline line = sparkline({-1, 0, 1, 2, 3}, 10, true);
  EXPECT_EQ(line.bars, "▁▃▅▇█");
  EXPECT_FALSE(line.logarithmic);
  EXPECT_EQ(line.lowest, -1.0);
}

TEST(Sparkline, ZeroIsBlankBesideALogarithm) {
  EXPECT_EQ(sparkline({0, 100, 10, 1}, 10, true).bars, " █▅▁");
  EXPECT_EQ(sparkline({0, 100, 10, 1}, 10, true).lowest, sparkline({100, 10, 1}, 9, true).lowest);
  const Sparkline zeros = sparkline({0, 0, 0}, 10, true);
  EXPECT_EQ(zeros.bars, "▁▁▁");
  EXPECT_FALSE(zeros.logarithmic);
}

TEST(Sparkline, MoreValuesThanColumnsAreAveraged) {
  const Sparkline line = sparkline({1, 1, 1, 1, 16, 16, 16, 16}, 2, true);
  EXPECT_EQ(line.bars, "▁█");
  EXPECT_EQ(line.width, 2U);
  EXPECT_EQ(line.highest, 16.0);
}

TEST(Sparkline, HasAsciiCharacters) {
  EXPECT_EQ(sparkline({1, 2, 4, 8, 16, 32, 64, 128}, 10, false).bars, ".:-=+*#@");
}

TEST(Sparkline, OfNothingIsEmpty) {
  EXPECT_EQ(sparkline({}, 10, true).bars, "");
  EXPECT_EQ(sparkline({1, 2}, 0, true).bars, "");
}

TEST(Trend, KeepsWhatFits) {
  Trend trend(4);
  EXPECT_TRUE(trend.empty());
  for (const double value : {1.0, 2.0, 3.0}) trend.add(value);
  EXPECT_THAT(trend.values(), ElementsAre(1, 2, 3));
}

TEST(Trend, BecomesMeansOfEquallyManyValuesWhenItIsFull) {
  Trend trend(4);
  for (int value = 1; value <= 9; ++value) trend.add(value);
  // 1 2 | 3 4, then 5 6 | 7 8 make it full again, and 9 stands alone.
  EXPECT_THAT(trend.values(), ElementsAre(2.5, 6.5, 9));
  for (int value = 0; value < 100'000; ++value) trend.add(value);
  EXPECT_LE(trend.values().size(), 5U);
}

TEST(Trend, LeavesOutWhatIsNoNumber) {
  Trend trend;
  trend.add(std::numeric_limits<double>::quiet_NaN());
  trend.add(std::numeric_limits<double>::infinity());
  EXPECT_THAT(trend.values(), IsEmpty());
  trend.add(3.0);
  EXPECT_THAT(trend.values(), ElementsAre(DoubleEq(3.0)));
  trend.clear();
  EXPECT_THAT(trend.values(), SizeIs(0));
}

}  // namespace
}  // namespace hearsay
