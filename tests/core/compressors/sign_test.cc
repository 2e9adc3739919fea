#include "core/compressors/sign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Sign, SendsOneBitEach) {
  const Vector x{1, -1, 2, -2, 3, 3, -3, 1, 2, -2};
  EXPECT_EQ(hex(encoded(Sign(10), x)),
            "4a"    // bits 1, 3 and 6
            "02");  // bit 1 is coordinate 9
  Stream stream = stream_of(1);
  Workspace work;
  Bytes out;
  EXPECT_EQ(Sign(10).encode(x, stream, work, out), 10U);
}

TEST(Sign, CountsZeroAsPositive) {
  EXPECT_THAT(compressed(Sign(4), Vector{0.0F, -0.0F, -4.0F, 0.5F}),
              ElementsAre(1.0F, 1.0F, -1.0F, 1.0F));
}

TEST(Sign, AddsItsWeight) {
  Vector y{1, 1, 1};
  Sign(3).decode_add(encoded(Sign(3), Vector{5, -5, 5}), 0.5F, y);
  EXPECT_THAT(y, ElementsAre(1.5F, 0.5F, 1.5F));
}

TEST(Sign, RefusesUnusedBitsAndOtherLengths) {
  EXPECT_EQ(Sign(10).check(from_hex("ff 03")), std::nullopt);
  EXPECT_THAT(Sign(10).check(from_hex("ff 04")).value_or(""), HasSubstr("unused bits"));
  EXPECT_THAT(Sign(10).check(from_hex("ff")).value_or(""), HasSubstr("1 bytes, expected 2"));
  EXPECT_THAT(Sign(10).check({}).value_or(""), HasSubstr("0 bytes, expected 2"));
}

TEST(Sign, KeepsToAnotherDimension) {
  EXPECT_EQ(Sign(10).resized(3)->dimension(), 3U);
  EXPECT_EQ(Sign(10).contraction(), 0.0);
}

}  // namespace
}  // namespace hearsay
