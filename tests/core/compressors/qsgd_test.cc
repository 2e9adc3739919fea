#include "core/compressors/qsgd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cfloat>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Qsgd, SendsTheNormAndPackedLevels) {
  // 3-4-5 with s = 5: the quotients are whole, so nothing is left to chance.
  EXPECT_EQ(hex(encoded(Qsgd(3, 5, false), Vector{3.0F, -4.0F, 0.0F})),
            "0000a040"  // 5
            "1805");    // codes 8, 1, 5 of 4 bits
  EXPECT_THAT(compressed(Qsgd(3, 5, false), Vector{3.0F, -4.0F, 0.0F}), ElementsAre(3, -4, 0));
}

TEST(Qsgd, ScaledSendsTheNormOverTau) {
  // d = 3, s = 5: omega = min(3/25, sqrt(3)/5) = 0.12.
  const Qsgd qsgd(3, 5, true);
  EXPECT_DOUBLE_EQ(qsgd.contraction(), 1 / 1.12);
  EXPECT_FALSE(qsgd.variance().has_value());
  EXPECT_FLOAT_EQ(compressed(qsgd, Vector{3.0F, -4.0F, 0.0F})[1], -4.0F / 1.12F);
}

TEST(Qsgd, UnscaledIsUnbiasedAndAContractionOnlyWhereOmegaIsBelowOne) {
  EXPECT_DOUBLE_EQ(Qsgd(3, 5, false).variance().value(), 0.12);
  EXPECT_DOUBLE_EQ(Qsgd(3, 5, false).contraction(), 0.88);
  EXPECT_DOUBLE_EQ(Qsgd(10000, 10, false).variance().value(), 10);
  EXPECT_EQ(Qsgd(10000, 10, false).contraction(), 0);
}

TEST(Qsgd, TakesTheSmallerBranchOfOmega) {
  EXPECT_DOUBLE_EQ(Qsgd::omega(16, 8), 0.25);  // d / s^2
  EXPECT_DOUBLE_EQ(Qsgd::omega(64, 2), 4);     // sqrt(d) / s
  EXPECT_DOUBLE_EQ(Qsgd::omega(64, 8), 1);     // both
}

TEST(Qsgd, RoundsUpAsOftenAsTheQuotientSays) {
  // s = 1 and ||x|| = 5: 3 becomes 5 with probability 0.6. Four standard errors of 10,000 draws.
  const Qsgd qsgd(2, 1, false);
  Stream stream = stream_of(1);
  Workspace work;
  int ups = 0;
  for (int draw = 0; draw < 10000; ++draw) {
    Bytes out;
    qsgd.encode(Vector{3.0F, -4.0F}, stream, work, out);
    const Vector c = decoded(qsgd, out);
    EXPECT_TRUE(c[0] == 5.0F || c[0] == 0.0F);
    ups += c[0] == 5.0F ? 1 : 0;
  }
  EXPECT_NEAR(ups, 6000, 4 * 49);
}

TEST(Qsgd, SendsNormsBeyondTheFloatsAsTheLargest) {
  // The norm 2 FLT_MAX is no float. Levels of FLT_MAX are as good, since no coordinate is larger.
  const Vector x(4, -FLT_MAX);
  EXPECT_THAT(compressed(Qsgd(4, 7, false), x),
              ElementsAre(-FLT_MAX, -FLT_MAX, -FLT_MAX, -FLT_MAX));
}

TEST(Qsgd, DrawsANumberACoordinateAndNoneForZero) {
  const Qsgd qsgd(10, 7, true);
  Workspace work;
  Bytes out;
  Stream used = stream_of(1);
  Stream counted = stream_of(1);
  qsgd.encode(Vector(10), used, work, out);
  EXPECT_EQ(used.state(), counted.state());
  qsgd.encode(gaussian_vector(10, 1), used, work, out);
  for (int j = 0; j < 10; ++j) counted();
  EXPECT_EQ(used.state(), counted.state());
}

TEST(Qsgd, RefusesLevelsAboveS) {
  const Qsgd qsgd(2, 5, true);  // codes 0 to 10
  EXPECT_EQ(qsgd.check(from_hex("0000803f aa")), std::nullopt);
  EXPECT_THAT(qsgd.check(from_hex("0000803f ab")).value_or(""), HasSubstr("code 11"));
  EXPECT_THAT(qsgd.check(from_hex("000080bf aa")).value_or(""), HasSubstr("norm 0"));
}

TEST(Qsgd, KeepsItsOmegaInAnotherDimension) {
  for (const bool scaled : {true, false}) {
    const Qsgd qsgd(10000, 40, scaled);
    const auto small = qsgd.resized(100);  // s = 4
    EXPECT_DOUBLE_EQ(small->contraction(), qsgd.contraction());
    EXPECT_EQ(small->variance(), qsgd.variance());
  }
  // Where not even one level is coarse enough, tau stays: pi is at most doubled.
  const Qsgd coarse(1000000, 10, true);
  const auto small = coarse.resized(100);
  EXPECT_GE(small->contraction(), coarse.contraction());
  EXPECT_LE(small->contraction(), 2 * coarse.contraction());
}

TEST(Qsgd, HasSevenLevelsAndIsScaledByDefault) {
  const auto qsgd = compressor_of(settings({{"name", "qsgd"}}), 49);
  EXPECT_DOUBLE_EQ(qsgd->contraction(), 0.5);
  EXPECT_EQ(encoded(*qsgd, Vector(49)).size(), 4U + 25U);
}

}  // namespace
}  // namespace hearsay
