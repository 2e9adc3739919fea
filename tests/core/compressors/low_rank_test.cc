#include "core/compressors/low_rank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cfloat>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

Layout matrix(std::int64_t rows, std::int64_t columns) {
  Layout layout;
  layout.append("m", {rows, columns});
  return layout;
}

/// A product of Gaussian m x r and r x n.
Vector matrix_of_rank(std::size_t m, std::size_t n, std::size_t r, std::uint64_t seed) {
  const Vector left = gaussian_vector(m * r, seed);
  const Vector right = gaussian_vector(r * n, seed + 1);
  Vector x(m * n);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t k = 0; k < r; ++k)
      for (std::size_t j = 0; j < n; ++j) x[i * n + j] += left[i * r + k] * right[k * n + j];
  return x;
}

TEST(LowRank, DeliversMatricesOfItsRank) {
  const LowRank low(matrix(20, 30), 3);
  for (const std::size_t rank : {1U, 2U, 3U}) {
    const Vector x = matrix_of_rank(20, 30, rank, 5);
    EXPECT_LT(squared_distance(compressed(low, x), x), 1e-10 * squared_norm(x)) << rank;
  }
}

TEST(LowRank, IsAProjection) {
  // ||x - C(x)||^2 = ||x||^2 - ||C(x)||^2, and every column of the residual is orthogonal to those
  // of C(x), which has rank r.
  const LowRank low(matrix(20, 30), 3);
  const Vector x = gaussian_vector(600, 2);
  const Vector c = compressed(low, x);
  EXPECT_NEAR(squared_distance(c, x), squared_norm(x) - squared_norm(c), 1e-4);
  for (std::size_t a = 0; a < 30; ++a) {
    for (std::size_t b = 0; b < 30; ++b) {
      double inner = 0;
      for (std::size_t i = 0; i < 20; ++i) inner += (x[i * 30 + a] - c[i * 30 + a]) * c[i * 30 + b];
      ASSERT_NEAR(inner, 0, 1e-5);
    }
  }
  EXPECT_LT(squared_distance(compressed(low, c, 9), c), 1e-10 * squared_norm(c));
}

TEST(LowRank, SendsPThenRRowByRow) {
  // Rank one of a matrix with one row that is not zero: U is that unit vector, R the row, and g
  // = 2.
  const LowRank low(matrix(3, 4), 1);
  Vector x(12);
  for (std::size_t j = 0; j < 4; ++j) x[4 + j] = static_cast<float>(j + 1);
  const Bytes payload = encoded(low, x);
  ASSERT_EQ(payload.size(), 4U * 7);
  const bool negative = std::to_integer<int>(payload[7]) >= 0x80;  // the sign is left to chance
  EXPECT_EQ(hex(ByteView(payload).first(12)),
            negative ? "00000080000000c000000080" : "000000000000004000000000");
  EXPECT_EQ(hex(ByteView(payload).subspan(12)),
            negative ? "000000bf000080bf0000c0bf000000c0" : "0000003f0000803f0000c03f00000040");
  EXPECT_EQ(compressed(low, x), x);
}

TEST(LowRank, SendsInFullWhatItWouldNotMakeSmaller) {
  Layout layout;
  layout.append("weight", {8, 2, 5});  // 8 x 10
  layout.append("bias", {8});
  layout.append("small", {2, 3});  // rank 2 takes 10 floats, and the matrix 6
  layout.append("row", {1, 9});
  const LowRank low(layout, 2);
  EXPECT_EQ(encoded(low, Vector(103)).size(), 4U * (2 * 18 + 8 + 6 + 9));
  EXPECT_DOUBLE_EQ(low.contraction(), 2.0 / 8);
  const Vector x = gaussian_vector(103, 3);
  const Vector c = compressed(low, x);
  EXPECT_EQ(bits_of(ConstVectorView(c).subspan(80)), bits_of(ConstVectorView(x).subspan(80)));
  EXPECT_EQ(LowRank(Layout::flat(50), 4).contraction(), 1);
}

TEST(LowRank, KeepsItsShareOfEqualSingularValues) {
  // E||C(x)||^2 = (r/m) ||x||^2 for the unit matrix.
  const LowRank low(matrix(12, 12), 3);
  Vector unit(144);
  for (std::size_t i = 0; i < 12; ++i) unit[13 * i] = 1.0F;
  for (std::uint64_t draw = 0; draw < 20; ++draw)
    EXPECT_NEAR(squared_norm(compressed(low, unit, draw)), 3, 1e-4);
}

TEST(LowRank, KeepsMoreOfADecayingSpectrum) {
  const LowRank low(matrix(20, 20), 2);
  Vector x(400);
  for (std::size_t i = 0; i < 20; ++i) x[21 * i] = std::ldexp(1.0F, -static_cast<int>(i));
  double kept = 0;
  for (std::uint64_t draw = 0; draw < 50; ++draw)
    kept += squared_norm(compressed(low, x, draw)) / squared_norm(x) / 50;
  EXPECT_GT(kept, 0.7);  // 0.1 is promised
}

TEST(LowRank, StaysWithinTheFloats) {
  const LowRank low(matrix(9, 9), 1);
  const Vector x(81, -FLT_MAX);
  const Vector c = compressed(low, x);
  EXPECT_TRUE(all_finite(c));
  EXPECT_LT(squared_distance(c, x), 1e-10 * squared_norm(x));
  // Any finite factors decode to finite values.
  Bytes hostile;
  for (int i = 0; i < 18; ++i)
    for (const std::byte byte : from_hex("ffff7f7f")) hostile.push_back(byte);
  EXPECT_THAT(decoded(low, hostile), ::testing::Each(FLT_MAX));
}

TEST(LowRank, IsASquareMatrixOfAboutTheSamePiInAnotherDimension) {
  const LowRank low(matrix(100, 200), 10);
  EXPECT_DOUBLE_EQ(low.contraction(), 0.1);
  EXPECT_DOUBLE_EQ(low.resized(400)->contraction(), 0.1);     // rank 2 of 20
  EXPECT_DOUBLE_EQ(low.resized(78)->contraction(), 1.0 / 8);  // rank 1 of 8 x 9
  // Rank 4 of 8 would be sent in full.
  EXPECT_DOUBLE_EQ(LowRank(matrix(8, 100), 4).resized(64)->contraction(), 3.0 / 8);
  EXPECT_EQ(LowRank(Layout::flat(50), 4).resized(60)->contraction(), 1);  // nothing to compress
}

}  // namespace
}  // namespace hearsay
