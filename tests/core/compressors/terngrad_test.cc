#include "core/compressors/terngrad.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TernGrad, SendsTheLargestMagnitudeAndTwoBitsACoordinate) {
  EXPECT_EQ(hex(encoded(TernGrad(5, false), Vector{0.0F, 2.0F, -2.0F, 0.0F, 2.0F})),
            "00000040"  // 2
            "4902");    // codes 1, 2, 0, 1, 2
}

TEST(TernGrad, KeepsACoordinateAsOftenAsItIsLarge) {
  const TernGrad tern(2, false);
  int kept = 0;
  for (std::uint64_t draw = 0; draw < 10000; ++draw) {
    const Vector c = compressed(tern, Vector{-4.0F, 1.0F}, draw);
    EXPECT_EQ(c[0], -4.0F);
    EXPECT_TRUE(c[1] == 4.0F || c[1] == 0.0F);
    kept += c[1] == 4.0F ? 1 : 0;
  }
  EXPECT_NEAR(kept, 2500, 4 * 43.3);  // four standard errors
}

TEST(TernGrad, DividesByTau) {
  // d = 9: omega = (3 - 1) / 2.
  EXPECT_DOUBLE_EQ(TernGrad::omega(9), 1);
  const TernGrad scaled(9, true);
  EXPECT_DOUBLE_EQ(scaled.contraction(), 0.5);
  EXPECT_THAT(compressed(scaled, Vector(9, 3.0F)), ::testing::Each(1.5F));
  EXPECT_EQ(TernGrad(9, false).contraction(), 0);
  EXPECT_EQ(TernGrad(9, false).variance(), 1.0);
}

TEST(TernGrad, MeetsItsBound) {
  // The second moment is ||x||_inf ||x||_1; at one 1 and d - 1 entries 1 / (1 + sqrt(d)) it is
  // (1 + omega) ||x||^2.
  for (const std::size_t d : {2U, 16U, 100U}) {
    Vector x(d, 1.0F / (1.0F + std::sqrt(static_cast<float>(d))));
    x[0] = 1.0F;
    EXPECT_NEAR(norm_inf(x) * norm1(x) / squared_norm(x), 1 + TernGrad::omega(d), 1e-6);
  }
}

TEST(TernGrad, IsExactInOneDimension) {
  EXPECT_EQ(TernGrad(1, true).contraction(), 1);
  EXPECT_THAT(compressed(TernGrad(1, true), Vector{-0.3F}), ElementsAre(-0.3F));
}

TEST(TernGrad, RefusesTheFourthCode) {
  const TernGrad tern(3, true);
  EXPECT_EQ(tern.check(from_hex("0000803f 29")), std::nullopt);
  EXPECT_THAT(tern.check(from_hex("0000803f 2b")).value_or(""), HasSubstr("code 3"));
  EXPECT_THAT(tern.check(from_hex("0000803f 69")).value_or(""), HasSubstr("unused bits"));
}

TEST(TernGrad, KeepsItsTauInASmallerDimension) {
  const TernGrad tern(10000, true);
  const auto small = tern.resized(100);
  EXPECT_GE(small->contraction(), tern.contraction());
  EXPECT_LE(small->contraction(), 2 * tern.contraction());
  EXPECT_EQ(TernGrad(10000, false).resized(9)->variance(), 1.0);
}

}  // namespace
}  // namespace hearsay
