#include "core/compressors/block_sign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/compressors/scaled_sign.h"
#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(BlockSign, HasAScaleForEachBlock) {
  const BlockSign sign(5, 2);  // blocks of 2, 2 and 1
  EXPECT_EQ(sign.blocks(), 3U);
  const Vector x{1, -3, -4, 0, 7};
  EXPECT_EQ(hex(encoded(sign, x)),
            "00000040"  // 2
            "00000040"  // 2
            "0000e040"  // 7
            "06");
  EXPECT_THAT(compressed(sign, x), ElementsAre(2, -2, -2, 2, 7));
}

TEST(BlockSign, TakesTheLayersByDefault) {
  Layout layout;
  layout.append("weight", {2, 3});
  layout.append("nothing", {0});
  layout.append("bias", {3});
  const auto sign = compressor_of(settings({{"name", "block-sign"}}), layout);
  EXPECT_EQ(dynamic_cast<const BlockSign&>(*sign).blocks(), 2U);  // an empty layer has no scale
  EXPECT_DOUBLE_EQ(sign->contraction(), 1.0 / 6);
  EXPECT_THAT(compressed(*sign, Vector{1, 1, 1, 1, 1, -1, 5, 5, -5}),
              ElementsAre(1, 1, 1, 1, 1, -1, 5, 5, -5));
}

/// Weights and biases as deep models have them: a million, a handful, one.
Layout deep_layout() {
  Layout layout;
  for (const std::int64_t size : {500, 20, 25000, 50, 1000000, 1, 5000, 10, 3, 1, 1, 7})
    layout.append("layer", {size});
  return layout;
}

TEST(BlockSign, IsScaledSignInEveryLayerOfADeepModel) {
  const Layout layout = deep_layout();
  const BlockSign sign(layout);
  ASSERT_EQ(sign.blocks(), layout.layers().size());
  EXPECT_DOUBLE_EQ(sign.contraction(), 1e-6);
  Vector x = gaussian_vector(layout.dimension(), 3);
  Stream stream = stream_of(1);
  Workspace work;
  Bytes payload;
  EXPECT_EQ(sign.encode(x, stream, work, payload), 32U * 12 + layout.dimension());
  EXPECT_EQ(payload.size(), 4U * 12 + (layout.dimension() + 7) / 8);
  const Vector c = decoded(sign, payload);
  for (const Layer& layer : layout.layers()) {
    const auto own = ConstVectorView(x).subspan(layer.offset, layer.size);
    const auto got = ConstVectorView(c).subspan(layer.offset, layer.size);
    ASSERT_EQ(bits_of(got), bits_of(compressed(ScaledSign(layer.size), own))) << layer.offset;
  }
}

TEST(BlockSign, KeepsOneEntryOfAMillionWhereItIsAlone) {
  const Layout layout = deep_layout();
  const BlockSign sign(layout);
  Vector x(layout.dimension());
  x[25570 + 123456] = 2.0F;  // in the layer of a million: the bound is met
  const double error = squared_distance(compressed(sign, x), x) / squared_norm(x);
  EXPECT_NEAR(error, 1.0 - 1e-6, 1e-9);
}

TEST(BlockSign, IsScaledSignInOneBlock) {
  const Vector x = gaussian_vector(77, 1);
  const Bytes expected = encoded(ScaledSign(77), x);
  EXPECT_EQ(encoded(BlockSign(77, 77), x), expected);
  EXPECT_EQ(encoded(BlockSign(77, 1000), x), expected);
  EXPECT_EQ(encoded(BlockSign(Layout::flat(77)), x), expected);
}

TEST(BlockSign, IsExactInBlocksOfOne) {
  const Vector x = gaussian_vector(20, 2);
  EXPECT_EQ(bits_of(compressed(BlockSign(20, 1), x)), bits_of(x));
  EXPECT_EQ(BlockSign(20, 1).contraction(), 1.0);
}

TEST(BlockSign, KeepsItsBlocksInAnotherDimension) {
  EXPECT_DOUBLE_EQ(BlockSign(100, 10).resized(40)->contraction(), 0.1);
  EXPECT_DOUBLE_EQ(BlockSign(100, 10).resized(4)->contraction(), 0.25);
}

TEST(BlockSign, NamesTheBadScale) {
  const BlockSign sign(4, 2);
  EXPECT_EQ(sign.check(from_hex("00000040 00000040 0f")), std::nullopt);
  EXPECT_THAT(sign.check(from_hex("00000040 0000807f 0f")).value_or(""), HasSubstr("scale 1"));
  EXPECT_THAT(sign.check(from_hex("00000040 00000040 1f")).value_or(""), HasSubstr("unused bits"));
}

}  // namespace
}  // namespace hearsay
