#include "core/compressors/top_k.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::uint32_t> kept(ConstVectorView x, std::size_t k) {
  std::vector<std::uint32_t> scratch;
  const auto indices = select_top_k(x, k, scratch);
  return {indices.begin(), indices.end()};
}

TEST(TopK, KeepsMagnitudesNotSignedValues) {
  EXPECT_THAT(kept(Vector{1.0F, -5.0F, 2.0F, -3.0F}, 2), ElementsAre(1, 3));
}

TEST(TopK, BreaksTiesByLowerIndex) {
  EXPECT_THAT(kept(Vector{1.0F, -1.0F, 1.0F, -1.0F}, 2), ElementsAre(0, 1));
  EXPECT_THAT(kept(Vector{0.5F, 2.0F, -0.5F, 0.5F}, 2), ElementsAre(0, 1));
  EXPECT_THAT(kept(Vector{0.0F, -0.0F, 0.0F}, 2), ElementsAre(0, 1));
  EXPECT_THAT(kept(Vector(5, 3.0F), 4), ElementsAre(0, 1, 2, 3));
}

TEST(TopK, TakesNeighbouringFloatsApart) {
  const float above = std::nextafter(1.0F, 2.0F);
  EXPECT_THAT(kept(Vector{1.0F, 1.0F, above}, 1), ElementsAre(2));
  const float tiny = std::numeric_limits<float>::denorm_min();
  EXPECT_THAT(kept(Vector{0.0F, tiny, -2 * tiny}, 1), ElementsAre(2));
}

TEST(TopK, NeverLosesANaN) {
  EXPECT_THAT(kept(Vector{1.0F, INFINITY, -NAN, 3.0F}, 1), ElementsAre(2));
  EXPECT_THAT(kept(Vector{1.0F, INFINITY, NAN, 3.0F}, 2), ElementsAre(1, 2));
}

TEST(TopK, KeepsTheLargestOfAnyVector) {
  ASSERT_TRUE(
      rc::check("nothing left out is larger than what is kept, and equal only behind it", [] {
        const auto x = *rc::gen::nonEmpty(rc::gen::container<Vector>(
            rc::gen::map(rc::gen::inRange(-6, 7), [](int v) { return static_cast<float>(v); })));
        const auto k = *rc::gen::inRange<std::size_t>(1, x.size() + 1);
        const auto indices = kept(x, k);
        RC_ASSERT(indices.size() == k);
        std::vector<bool> in(x.size());
        for (const std::uint32_t j : indices) in[j] = true;
        for (std::size_t a = 0; a < x.size(); ++a)
          for (std::size_t b = 0; b < x.size(); ++b)
            if (in[a] && !in[b])
              RC_ASSERT(std::fabs(x[a]) > std::fabs(x[b]) ||
                        (std::fabs(x[a]) == std::fabs(x[b]) && a < b));
      }));
}

TEST(TopK, SendsIndicesThenValues) {
  const TopK top(300, 2);
  Vector x(300);
  x[299] = 1.0F;
  x[258] = -2.0F;
  x[7] = 0.5F;
  EXPECT_EQ(hex(encoded(top, x)),
            "02010000"    // index 258
            "2b010000"    // index 299
            "000000c0"    // -2
            "0000803f");  // 1
}

TEST(TopK, TouchesOnlyTheKeptCoordinates) {
  const TopK top(4, 1);
  Vector y{NAN, 1.0F, NAN, NAN};  // a product or sum with these would not be harmless
  top.decode_add(encoded(top, Vector{0.0F, 4.0F, 0.0F, 0.0F}), 0.5F, y);
  EXPECT_EQ(y[1], 3.0F);
}

TEST(TopK, RefusesIndicesOutOfOrderOrRange) {
  const TopK top(16, 2);
  const std::string values = "0000803f 0000803f";
  EXPECT_EQ(top.check(from_hex("03000000 0f000000" + values)), std::nullopt);
  EXPECT_THAT(top.check(from_hex("03000000 03000000" + values)).value_or(""), HasSubstr("above"));
  EXPECT_THAT(top.check(from_hex("03000000 02000000" + values)).value_or(""), HasSubstr("above"));
  EXPECT_THAT(top.check(from_hex("03000000 10000000" + values)).value_or(""),
              HasSubstr("16 coordinates"));
  EXPECT_THAT(top.check(from_hex("03000000 ffffffff" + values)).value_or(""),
              HasSubstr("16 coordinates"));
  // 2^32 - 1 must not make the next index count from zero again.
  EXPECT_TRUE(top.check(from_hex("ffffffff 00000000" + values)).has_value());
}

TEST(TopK, MeetsItsBoundOnEqualMagnitudes) {
  const Vector x(10, -2.0F);
  const TopK top(10, 3);
  EXPECT_DOUBLE_EQ(top.contraction(), 0.3);
  EXPECT_DOUBLE_EQ(squared_distance(compressed(top, x), x), 0.7 * squared_norm(x));
}

TEST(TopK, KeepsItsShareInAnotherDimension) {
  const TopK top(1000, 50);
  EXPECT_DOUBLE_EQ(top.resized(200)->contraction(), 0.05);
  EXPECT_DOUBLE_EQ(top.resized(10)->contraction(), 0.1);  // one of ten is the least there is
}

TEST(TopK, IsMadeFromARatioOrACount) {
  const auto by_ratio = compressor_of(settings({{"name", "top-k"}, {"ratio", 0.05}}), 650);
  EXPECT_EQ(dynamic_cast<const TopK&>(*by_ratio).k(), 33U);  // 32.5
  const auto by_count = compressor_of(settings({{"name", "top-k"}, {"k", 20}}), 650);
  EXPECT_EQ(dynamic_cast<const TopK&>(*by_count).k(), 20U);
  EXPECT_EQ(key_of([] { compressor_of(settings({{"name", "top-k"}, {"k", 651}}), 650); }), "k");
}

}  // namespace
}  // namespace hearsay
