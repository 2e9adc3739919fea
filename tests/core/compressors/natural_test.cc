#include "core/compressors/natural.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cfloat>
#include <limits>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Natural, SendsExponentsAndSigns) {
  EXPECT_EQ(hex(encoded(Natural(4, true), Vector{8.0F, -0.5F, 0.0F, 4.0F})),
            "03000000"  // 2^3 is the top
            "fffb00fe"  // 3, -1, zero, 2
            "02");      // the second is negative
}

TEST(Natural, LeavesPowersOfTwoAlone) {
  const Vector x{1.0F, -2.0F, 0x1p-126F, 0x1p-100F, 0.0F, 0x1p100F};
  EXPECT_THAT(compressed(Natural(6, false), x), ::testing::ElementsAreArray(x));
}

TEST(Natural, RoundsUpAsOftenAsTheFractionSays) {
  // 1.25 becomes 2 with probability 1/4.
  const Natural natural(1, false);
  int ups = 0;
  for (std::uint64_t draw = 0; draw < 10000; ++draw) {
    const float c = compressed(natural, Vector{-1.25F}, draw)[0];
    EXPECT_TRUE(c == -1.0F || c == -2.0F);
    ups += c == -2.0F ? 1 : 0;
  }
  EXPECT_NEAR(ups, 2500, 4 * 43.3);  // four standard errors
}

TEST(Natural, RoundsSubnormalNumbersToSubnormalPowers) {
  const float least = std::numeric_limits<float>::denorm_min();
  EXPECT_THAT(compressed(Natural(2, false), Vector{least, -4 * least}),
              ElementsAre(least, -4 * least));
  double mean = 0;
  for (std::uint64_t draw = 0; draw < 4000; ++draw) {
    const float c = compressed(Natural(1, false), Vector{5 * least}, draw)[0];
    EXPECT_TRUE(c == 4 * least || c == 8 * least);
    mean += static_cast<double>(c) / least / 4000;
  }
  EXPECT_NEAR(mean, 5, 4 * std::sqrt(3.0 / 4000));  // up by 4 with probability 1/4
}

TEST(Natural, HasTheLargestFloatForWhatRoundsBeyondIt) {
  // FLT_MAX becomes 2^128 in all draws but one of 2^23.
  EXPECT_THAT(compressed(Natural(1, false), Vector{FLT_MAX}), ElementsAre(FLT_MAX));
  EXPECT_THAT(compressed(Natural(1, true), Vector{-FLT_MAX}),
              ElementsAre(static_cast<float>(-0x1p128 / 1.125)));
}

TEST(Natural, DropsWhatIsBelowTheCodes) {
  // 2^120 leaves codes down to 2^-134.
  EXPECT_THAT(compressed(Natural(3, false), Vector{0x1p120F, 0x1p-134F, 0x1p-135F}),
              ElementsAre(0x1p120F, 0x1p-134F, 0.0F));
}

TEST(Natural, PromisesAnEighth) {
  EXPECT_DOUBLE_EQ(Natural(10, true).contraction(), 8.0 / 9);
  EXPECT_EQ(Natural(10, true).variance(), std::nullopt);
  EXPECT_DOUBLE_EQ(Natural(10, false).contraction(), 7.0 / 8);
  EXPECT_EQ(Natural(10, false).variance(), 0.125);
  EXPECT_EQ(Natural(10, false).resized(3)->variance(), 0.125);
}

TEST(Natural, RefusesWhatIsNoPowerOfTheFloats) {
  const Natural natural(2, true);
  EXPECT_EQ(natural.check(from_hex("80000000 ff01 02")), std::nullopt);
  EXPECT_THAT(natural.check(from_hex("81000000 ff01 02")).value_or(""), HasSubstr("top exponent"));
  EXPECT_THAT(natural.check(from_hex("6affffff ff00 02")).value_or(""), HasSubstr("top exponent"));
  EXPECT_EQ(natural.check(from_hex("6bffffff ff00 02")), std::nullopt);  // 2^-149
  EXPECT_THAT(natural.check(from_hex("6bffffff fffe 02")).value_or(""), HasSubstr("code 254"));
  EXPECT_THAT(natural.check(from_hex("00000000 ff01 04")).value_or(""), HasSubstr("code 1"));
  EXPECT_THAT(natural.check(from_hex("80000000 ff01 04")).value_or(""), HasSubstr("unused bits"));
}

}  // namespace
}  // namespace hearsay
