#include "core/compressors/uniform.h"

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

TEST(Uniform, SendsTheNormAndPackedCodes) {
  const Uniform uniform(3, 4);  // s = 7
  EXPECT_EQ(hex(encoded(uniform, Vector{7.0F, -7.0F, 1.0F})),
            "0000e040"                                               // 7
            "0e"                                                     // codes 14 and 0
            "08");                                                   // code 8, and four unused bits
  EXPECT_EQ(hex(encoded(Uniform(3, 3), Vector{3.0F, -3.0F, 0.0F})),  // s = 3
            "00004040"                                               // 3
            "c600");  // codes 6, 0, 3: bits 110 000 011 from the lowest: 0 11 000 110, 0
}

TEST(Uniform, RoundsHalvesAwayFromZero) {
  // s = 7: 0.5 and 1.5 levels are exactly half-way.
  EXPECT_THAT(compressed(Uniform(6, 4), Vector{14, 1, -1, 3, -3, 0.99F}),
              ElementsAre(14, 2, -2, 4, -4, 0));
}

TEST(Uniform, RoundsExactlyJustBesideAHalf) {
  // x s / norm is within 2^-24 of a half: a product with a rounded reciprocal would miss the side.
  for (const float norm : {3.0F, 0.1F, 1.7e30F, 5e-30F}) {
    for (const int s : {1, 7, 127, 32767}) {
      const unsigned bits = s == 1 ? 2 : s == 7 ? 4 : s == 127 ? 8 : 16;
      for (const int q : {0, s / 2, s - 1}) {
        const long double exact = (q + 0.5L) * norm / s;
        for (const float x :
             {std::nextafter(static_cast<float>(exact), 0.0F), static_cast<float>(exact),
              std::nextafter(static_cast<float>(exact), FLT_MAX)}) {
          // 2 x s against (2 q + 1) norm: both exact in long double.
          const bool up = 2.0L * x * s >= (2 * q + 1.0L) * norm;
          const float expected =
              norm * (static_cast<float>(up ? q + 1 : q) / static_cast<float>(s));
          EXPECT_THAT(compressed(Uniform(3, bits), Vector{norm, x, -x}),
                      ElementsAre(norm, expected, -expected))
              << norm << " " << s << " " << q;
        }
      }
    }
  }
}

TEST(Uniform, HasTheLevelsOfASign) {
  EXPECT_THAT(compressed(Uniform(5, 2), Vector{-2.0F, 0.9F, 1.0F, -1.1F, 0.0F}),
              ElementsAre(-2, 0, 2, -2, 0));
}

TEST(Uniform, DeliversTheLargestExactlyAndNeverOverflows) {
  const Vector x{FLT_MAX, -FLT_MAX, FLT_MAX / 2, 1.0F};
  for (const unsigned bits : {2U, 4U, 16U}) {
    const Vector c = compressed(Uniform(4, bits), x);
    EXPECT_EQ(c[0], FLT_MAX);
    EXPECT_EQ(c[1], -FLT_MAX);
    EXPECT_TRUE(all_finite(c));
  }
}

TEST(Uniform, SendsNoDivisionByZero) {
  EXPECT_EQ(hex(encoded(Uniform(2, 4), Vector{0.0F, -0.0F})),
            "00000000"
            "77");
}

TEST(Uniform, ErrorIsAtMostHalfAStep) {
  for (const unsigned bits : {2U, 3U, 4U, 8U, 16U}) {
    const Vector x = gaussian_vector(1000, bits);
    const Vector c = compressed(Uniform(1000, bits), x);
    const double half_step = norm_inf(x) / (2.0 * ((1 << (bits - 1)) - 1));
    for (std::size_t j = 0; j < x.size(); ++j) {
      EXPECT_LE(std::fabs(double{c[j]} - x[j]), half_step + 1e-6) << bits;
      EXPECT_LE(std::fabs(double{c[j]} - x[j]), std::fabs(x[j]) * (1 + 1e-6)) << bits;
    }
  }
}

TEST(Uniform, MeetsItsBoundHalfWayToTheFirstLevel) {
  // pi = 4 s^2 / (4 s^2 + d - 1), for one 1 and d - 1 times 1 / (2 s).
  for (const unsigned bits : {2U, 4U}) {
    const int s = (1 << (bits - 1)) - 1;
    Vector x(101, 0.5F / static_cast<float>(s));
    x[50] = 1.0F;
    const Uniform uniform(x.size(), bits);
    EXPECT_DOUBLE_EQ(uniform.contraction(), 4.0 * s * s / (4.0 * s * s + 100));
    EXPECT_NEAR(squared_distance(compressed(uniform, x), x) / squared_norm(x),
                1 - uniform.contraction(), 1e-6);
  }
}

TEST(Uniform, RefusesTheCodeOfNoLevelAndUnusedBits) {
  const Uniform uniform(3, 4);
  EXPECT_EQ(uniform.check(from_hex("0000e040 ee 0e")), std::nullopt);
  EXPECT_THAT(uniform.check(from_hex("0000e040 fe 0e")).value_or(""), HasSubstr("code 15"));
  EXPECT_THAT(uniform.check(from_hex("0000e040 ef 0e")).value_or(""), HasSubstr("code 15"));
  EXPECT_THAT(uniform.check(from_hex("0000e040 ee 0f")).value_or(""), HasSubstr("code 15"));
  for (const char* last : {"1e", "2e", "4e", "8e"})
    EXPECT_THAT(uniform.check(from_hex(std::string("0000e040 ee ") + last)).value_or(""),
                HasSubstr("unused bits"));
  EXPECT_THAT(uniform.check(from_hex("0000807f ee 0e")).value_or(""), HasSubstr("norm 0"));
  EXPECT_THAT(uniform.check(from_hex("0000e0c0 ee 0e")).value_or(""), HasSubstr("norm 0"));
}

TEST(Uniform, TakesFourBitsByDefault) {
  Stream stream = stream_of(1);
  Workspace work;
  Bytes out;
  const auto uniform = compressor_of(settings({{"name", "uniform"}}), 10);
  EXPECT_EQ(uniform->encode(gaussian_vector(10, 1), stream, work, out), 32U + 40U);
  EXPECT_EQ(uniform->resized(3)->encode(gaussian_vector(3, 1), stream, work, out), 32U + 12U);
}

}  // namespace
}  // namespace hearsay
