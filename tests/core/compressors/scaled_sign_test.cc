#include "core/compressors/scaled_sign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ScaledSign, SendsTheScaleAndOneBitEach) {
  const ScaledSign sign(10);
  const Vector x{1, -1, 2, -2, 3, 3, -3, 1, 2, -2};  // mean magnitude 2
  EXPECT_EQ(hex(encoded(sign, x)),
            "00000040"  // 2
            "4a"        // bits 1, 3 and 6
            "02");      // bit 1 is coordinate 9
}

TEST(ScaledSign, CountsZeroAsPositive) {
  EXPECT_THAT(compressed(ScaledSign(4), Vector{0.0F, -0.0F, -4.0F, 0.0F}),
              ElementsAre(1.0F, 1.0F, -1.0F, 1.0F));
}

TEST(ScaledSign, ErrorIsExactlyWhatTheDensitySays) {
  // ||x - C(x)||^2 = ||x||_2^2 - ||x||_1^2 / d
  for (const std::size_t d : {1U, 10U, 333U}) {
    const Vector x = gaussian_vector(d, d);
    const double expected = squared_norm(x) - norm1(x) * norm1(x) / static_cast<double>(d);
    EXPECT_NEAR(squared_distance(compressed(ScaledSign(d), x), x), expected,
                1e-6 * squared_norm(x));
  }
}

TEST(ScaledSign, MeetsItsBoundOnASpike) {
  Vector x(8);
  x[3] = 5.0F;
  const ScaledSign sign(8);
  EXPECT_DOUBLE_EQ(sign.contraction(), 0.125);
  EXPECT_DOUBLE_EQ(squared_distance(compressed(sign, x), x), (1 - 0.125) * 25.0);
}

TEST(ScaledSign, AddsTheScaleInDouble) {
  // In float the ones would be lost beside 2^24.
  Vector x(1 << 12, 1.0F);
  x[0] = 0x1p24F;
  const float scale = compressed(ScaledSign(x.size()), x)[1];
  EXPECT_EQ(scale, static_cast<float>((0x1p24 + 4095.0) / 4096.0));
}

TEST(ScaledSign, RefusesUnusedBitsAndBadScales) {
  const ScaledSign sign(10);
  EXPECT_EQ(sign.check(from_hex("00000040 ff 03")), std::nullopt);
  for (const char* tail : {"04", "08", "80", "ff"})
    EXPECT_THAT(sign.check(from_hex(std::string("00000040 ff ") + tail)).value_or(""),
                HasSubstr("unused bits"));
  EXPECT_THAT(sign.check(from_hex("0000807f ff 03")).value_or(""), HasSubstr("scale 0"));  // inf
  EXPECT_THAT(sign.check(from_hex("0000c07f ff 03")).value_or(""), HasSubstr("scale 0"));  // NaN
  EXPECT_THAT(sign.check(from_hex("000000c0 ff 03")).value_or(""), HasSubstr("scale 0"));  // -2
  EXPECT_EQ(ScaledSign(16).check(from_hex("00000040 ff ff")), std::nullopt);
}

}  // namespace
}  // namespace hearsay
