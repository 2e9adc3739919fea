#include "core/objectives/binary_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "tests/core/objectives/objective_testing.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

/// Rows of ones at random columns, of `fewest` to 21 entries.
Rows random_ones(std::size_t count, std::size_t features, std::uint64_t fewest = 0) {
  Stream stream({.seed = features});
  Rows rows;
  rows.count = count;
  rows.features = features;
  rows.row_begin.push_back(0);
  for (std::size_t r = 0; r < count; ++r) {
    const std::uint64_t entries = fewest + stream() % (22 - fewest);
    std::uint64_t column = 0;
    for (std::uint64_t k = 0; k < entries; ++k) {
      column += 1 + stream() % (features / 21);
      if (column > features) break;
      rows.columns.push_back(static_cast<std::uint32_t>(column - 1));
      rows.values.push_back(1.0F);
    }
    rows.row_begin.push_back(rows.columns.size());
    rows.labels.push_back(stream() % 2 == 0 ? -1.0 : 1.0);
  }
  return rows;
}

std::shared_ptr<const Dataset> data_of(Rows rows) {
  auto data = std::make_shared<Dataset>();
  data->name = "ones";
  data->train = std::move(rows);
  data->classes = {-1.0, 1.0};
  return data;
}

TEST(BinaryRows, AreMadeOfSparseOnesOnly) {
  const Rows ones = random_ones(50, 100);
  ASSERT_TRUE(binary_rows(ones));

  Rows two = ones;
  two.values.back() = 2.0F;
  EXPECT_FALSE(binary_rows(two));

  Rows twice = ones;  // a column that a row has twice
  std::size_t r = 0;
  while (twice.row_begin[r + 1] - twice.row_begin[r] < 2) ++r;
  twice.columns[twice.row_begin[r] + 1] = twice.columns[twice.row_begin[r]];
  EXPECT_FALSE(binary_rows(twice));

  Rows dense;
  dense.count = 1;
  dense.features = 2;
  dense.values = {1.0F, 1.0F};
  EXPECT_FALSE(binary_rows(dense));

  Rows wide = ones;
  wide.features = 65535;
  EXPECT_TRUE(binary_rows(wide));
  wide.features = 65536;
  EXPECT_FALSE(binary_rows(wide));
}

/// A data set of the same rows and one more, which nobody asks for and which is not of ones.
std::shared_ptr<const Dataset> general(Rows rows) {
  rows.columns.push_back(0);
  rows.values.push_back(0.5F);
  rows.row_begin.push_back(rows.columns.size());
  rows.labels.push_back(1.0);
  ++rows.count;
  return data_of(std::move(rows));
}

std::vector<std::uint32_t> bits(ConstVectorView x) {
  std::vector<std::uint32_t> result;
  for (const float value : x) result.push_back(std::bit_cast<std::uint32_t>(value));
  return result;
}

Vector uniform_vector(std::size_t size, std::uint64_t seed) {
  Stream stream({.seed = seed});
  Vector x(size);
  for (float& value : x) value = static_cast<float>(2.0 * stream.uniform() - 1.0);
  return x;
}

TEST(BinaryRows, GiveTheLossAndGradientOfTheGeneralPathBitForBit) {
  // Byte and two-byte columns; rows of very different lengths, and of about the same.
  for (const auto& [features, fewest] : {std::pair{100, 0}, {255, 19}, {256, 19}, {300, 0}}) {
    const Rows ones = random_ones(333, features, fewest);
    ASSERT_TRUE(binary_rows(ones));
    ASSERT_FALSE(binary_rows(general(ones)->train));
    const auto narrow = make_objective("logistic", {}, data_of(ones));
    const auto wide = make_objective("logistic", {}, general(ones));
    Workspace work;
    for (const std::size_t count : {1, 63, 64, 65, 333}) {
      const Vector x = uniform_vector(features, count);
      std::vector<std::uint32_t> rows = rows_up_to(count);
      std::reverse(rows.begin(), rows.end());
      Vector one(x.size());
      Vector other(x.size());
      const Sample sample{.rows = rows};
      EXPECT_EQ(narrow->evaluate(x, sample, one, work), wide->evaluate(x, sample, other, work));
      EXPECT_EQ(bits(one), bits(other)) << count;
      EXPECT_EQ(narrow->evaluate(x, sample, {}, work), wide->evaluate(x, sample, {}, work));
      Vector alone(x.size(), 7.0F);
      narrow->gradient(x, sample, alone, work);
      EXPECT_EQ(bits(alone), bits(one)) << count;
    }
  }
}

}  // namespace
}  // namespace hearsay
