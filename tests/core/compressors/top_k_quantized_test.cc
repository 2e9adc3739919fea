#include "core/compressors/top_k_quantized.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/compressors/top_k.h"
#include "core/compressors/uniform.h"
#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TopKQuantized, SendsIndicesANormAndCodes) {
  Vector x(300);
  x[299] = 7.0F;
  x[258] = -7.0F;
  x[7] = 0.5F;
  x[8] = 3.0F;
  EXPECT_EQ(hex(encoded(TopKQuantized(300, 3, 4), x)),  // s = 7
            "0c"                                        // M = 64; gaps 8, 249 and 40
            "488e02"                                    // remainders 8, 57 and 40
            "31"                                        // quotients 0, 3 and 0
            "0000e040"                                  // 7
            "0a0e");                                    // codes 10, 0, 14 and four unused bits
}

TEST(TopKQuantized, IsUniformAfterTopK) {
  const Vector x = gaussian_vector(200, 1);
  const Vector kept = compressed(TopK(200, 30), x);
  EXPECT_EQ(bits_of(compressed(TopKQuantized(200, 30, 5), x)),
            bits_of(compressed(Uniform(200, 5), kept)));
}

TEST(TopKQuantized, PromisesTheProductOfTheTwo) {
  // k/d = 0.3 and 4 s^2 / (4 s^2 + k - 1) with s = 3, k = 30.
  const TopKQuantized both(100, 30, 3);
  EXPECT_DOUBLE_EQ(both.contraction(), 0.3 * 36.0 / (36.0 + 29.0));
  EXPECT_DOUBLE_EQ(TopKQuantized(100, 1, 2).contraction(), 0.01);
  EXPECT_EQ(dynamic_cast<const TopKQuantized&>(*both.resized(1000)).k(), 300U);
}

TEST(TopKQuantized, TouchesOnlyTheKeptCoordinates) {
  const TopKQuantized top(4, 1, 4);
  Vector y{NAN, 1.0F, NAN, NAN};
  top.decode_add(encoded(top, Vector{0.0F, 4.0F, 0.0F, 0.0F}), 0.5F, y);
  EXPECT_EQ(y[1], 3.0F);
}

TEST(TopKQuantized, RefusesWhatEitherPartWould) {
  const TopKQuantized top(16, 2, 4);
  EXPECT_EQ(top.check(from_hex("00 0880 0000803f ee")), std::nullopt);
  EXPECT_THAT(top.check(from_hex("00 0800 0000803f ee")).value_or(""), HasSubstr("bytes"));
  EXPECT_THAT(top.check(from_hex("00 080001 0000803f ee")).value_or(""),
              HasSubstr("16 coordinates"));
  EXPECT_THAT(top.check(from_hex("00 0880 0000803f fe")).value_or(""), HasSubstr("code 15"));
  EXPECT_THAT(top.check(from_hex("00 0880 0000c07f ee")).value_or(""), HasSubstr("norm 0"));
}

TEST(TopKQuantized, IsMadeLikeTopK) {
  const auto made =
      compressor_of(settings({{"name", "top-k-quantized"}, {"ratio", 0.05}, {"bits", 2}}), 650);
  EXPECT_EQ(dynamic_cast<const TopKQuantized&>(*made).k(), 33U);
  EXPECT_EQ(key_of([] {
              compressor_of(settings({{"name", "top-k-quantized"}, {"k", 651}}), 650);
            }),
            "k");
}

}  // namespace
}  // namespace hearsay
