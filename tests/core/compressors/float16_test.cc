#include "core/compressors/float16.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cfloat>
#include <cmath>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::HasSubstr;

Bytes stored(ConstVectorView x) {
  Bytes bytes(float16_size(x.size()));
  store_float16(x, bytes.data());
  return bytes;
}

Vector loaded(const Bytes& bytes) {
  Vector values((bytes.size() - 1) / 2);
  load_float16(bytes.data(), 0, values);
  return values;
}

Vector rounded(ConstVectorView x) {
  const Bytes bytes = stored(x);
  EXPECT_EQ(check_float16(bytes, x.size()), std::nullopt);
  return loaded(bytes);
}

/// 11 significant bits, or whole numbers of the least unit, by the rounding of the machine.
float plainly_rounded(float x, float largest) {
  if (largest == 0.0F) return x;
  const int e = std::max(std::ilogb(largest) - 15, -125);
  const double scaled = std::ldexp(static_cast<double>(x), -e);
  if (scaled == 0.0) return x;
  const int unit = std::max(std::ilogb(scaled), -14) - 10;
  const double half = std::ldexp(std::nearbyint(std::ldexp(scaled, -unit)), unit);
  return static_cast<float>(std::ldexp(std::clamp(half, -65504.0, 65504.0), e));
}

TEST(Float16, UnitsSuitTheLargestValue) {
  // 1 = 2^15 2^-15: e = -15, code 110, and 2^15 is 7800.
  EXPECT_EQ(hex(stored(Vector{1.0F, -0.5F, 0.0F})),
            "6e"
            "0078"
            "00f4"
            "0000");
  EXPECT_EQ(hex(stored(Vector{0.0F, -0.0F})),
            "00"
            "0000"
            "0080");
  EXPECT_EQ(hex(stored(Vector{FLT_MAX})),
            "ed"
            "ff7b");
  EXPECT_EQ(hex(stored(Vector{std::ldexp(1.0F, -149)})),
            "00"
            "0100");
}

TEST(Float16, TiesGoToEven) {
  // Between 1 and 2 the units are 2^-10.
  const float unit = 0x1p-10F;
  EXPECT_EQ(rounded(Vector{1.0F + 0.5F * unit})[0], 1.0F);
  EXPECT_EQ(rounded(Vector{1.0F + 1.5F * unit})[0], 1.0F + 2 * unit);
  EXPECT_EQ(rounded(Vector{std::nextafter(1.0F + 0.5F * unit, 2.0F)})[0], 1.0F + unit);
  // The largest does not become the next power of two, which might be none.
  EXPECT_EQ(rounded(Vector{std::nextafter(2.0F, 1.0F)})[0], 2.0F - unit);
}

TEST(Float16, SmallValuesCountRelativeToTheLargest) {
  const Vector x{1e30F, 1e30F * 0x1p-29F, 1e30F * 0x1p-39F, 1e30F * 0x1p-41F};
  const Vector c = rounded(x);
  EXPECT_NEAR(c[1] / x[1], 1.0F, 0x1p-11F);
  EXPECT_NEAR(c[2] / x[2], 1.0F, 0.5F);
  EXPECT_EQ(c[3], 0.0F);
}

TEST(Float16, RoundsLikeTheMachine) {
  ASSERT_TRUE(rc::check("any finite floats", [] {
    const auto bits = *rc::gen::nonEmpty(rc::gen::arbitrary<std::vector<std::uint32_t>>());
    const auto shift = *rc::gen::inRange<std::uint32_t>(0, 24);
    Vector x;
    float largest = 0.0F;
    for (const std::uint32_t raw : bits) {
      const auto value = std::bit_cast<float>(raw << shift);
      x.push_back(std::isfinite(value) ? value : 1.0F);
      largest = std::max(largest, std::fabs(x.back()));
    }
    const Vector c = rounded(x);
    for (std::size_t i = 0; i < x.size(); ++i)
      RC_ASSERT(bits_of(ConstVectorView(c).subspan(i, 1)) ==
                bits_of(Vector{plainly_rounded(x[i], largest)}));
    RC_ASSERT(squared_distance(c, x) <= float16_error(x.size()) * squared_norm(x) * (1 + 1e-12));
  }));
}

TEST(Float16, ReadsFromAnyPlace) {
  const Vector x = gaussian_vector(100, 3);
  const Bytes bytes = stored(x);
  const Vector all = loaded(bytes);
  Vector some(37);
  load_float16(bytes.data(), 50, some);
  EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin() + 50));
}

TEST(Float16, RefusesWhatItNeverWrites) {
  const auto wrong_with = [](const std::string& text) {
    const Bytes bytes = from_hex(text);
    return check_float16(bytes, bytes.size() / 2).value_or("");
  };
  EXPECT_EQ(wrong_with("6e 0078 0100"), "");
  EXPECT_THAT(wrong_with("6e 0078 007c"), HasSubstr("not finite"));
  EXPECT_THAT(wrong_with("6e 0078 ffff"), HasSubstr("not finite"));
  EXPECT_THAT(wrong_with("ee 0078 0100"), HasSubstr("exponent 238"));
  EXPECT_THAT(wrong_with("6e ff77 0100"), HasSubstr("larger than they need"));
  EXPECT_EQ(wrong_with("00 ff77 0100"), "");
  for (const float bad : {NAN, -NAN, INFINITY, -INFINITY})
    EXPECT_THAT(check_float16(stored(Vector{1.0F, bad}), 2).value_or(""), HasSubstr("finite"));
}

}  // namespace
}  // namespace hearsay
