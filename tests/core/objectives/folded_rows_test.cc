#include "core/objectives/folded_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/objectives/binary_rows.h"
#include "tests/core/objectives/objective_testing.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

/// One-hot rows of `categories` categories with 2 to 6 values each; one entry in a hundred is
/// missing.
Rows categories(std::size_t count, std::size_t categories) {
  Stream stream({.seed = count});
  Rows rows;
  rows.count = count;
  rows.row_begin.push_back(0);
  for (std::size_t r = 0; r < count; ++r) {
    std::size_t first = 0;
    for (std::size_t c = 0; c < categories; ++c) {
      const std::size_t values = 2 + c % 5;
      const std::size_t value = stream() % values;
      if (stream() % 100 != 0) {
        rows.columns.push_back(static_cast<std::uint32_t>(first + value));
        rows.values.push_back(1.0F);
      }
      first += values;
    }
    rows.features = first;
    rows.row_begin.push_back(rows.columns.size());
    rows.labels.push_back(stream() % 3 == 0 ? -1.0 : 1.0);
  }
  return rows;
}

/// Doubles that sums of which are exact in any order.
std::vector<double> whole_numbers(std::size_t size) {
  std::vector<double> result(size);
  for (std::size_t k = 0; k < size; ++k) result[k] = static_cast<double>((k * 37) % 101) - 50.0;
  return result;
}

TEST(FoldedRows, GiveTheProductsAndSumsOfTheirRows) {
  for (const std::size_t features : {3, 9, 14, 30}) {
    const Rows rows = categories(5000, features);
    const auto whole = binary_rows(rows);
    std::vector<std::uint32_t> sample(rows.count - 1);
    std::iota(sample.rbegin(), sample.rend(), 1U);
    const auto folded = FoldedRows::of(rows, sample, best_cut(rows, sample.size()));
    ASSERT_TRUE(folded) << features;

    std::vector<double> x = whole_numbers(rows.features + 1);
    x.back() = 0.0;
    std::vector<double> expected(sample.size());
    whole->dots(sample, x.data(), expected.data());
    std::vector<double> table(folded->table_size());
    folded->products(x.data(), table.data());
    std::vector<double> found(sample.size());
    const std::size_t first = 1001;
    folded->dots(0, first, table.data(), found.data());
    folded->dots(first, sample.size() - first, table.data(), found.data() + first);
    EXPECT_EQ(found, expected) << features;

    std::vector<double> factors = whole_numbers(sample.size());
    std::vector<double> y = whole_numbers(rows.features + 1);
    std::vector<double> sums = y;
    whole->add(sample, factors.data(), y.data());
    factors.push_back(0.0);
    folded->add(factors.data(), table.data(), sums.data());
    for (std::size_t c = 0; c < rows.features; ++c) EXPECT_EQ(sums[c], y[c]) << features;
  }
}

TEST(FoldedRows, SaveTwoThirdsOfTheLookUpsWhereRowsAreOfCategories) {
  const Rows rows = categories(30000, 14);
  const Cut cut = best_cut(rows, 1500);
  EXPECT_LE(cut.size(), 5U);
  const auto folded = FoldedRows::of(rows, rows_up_to(1500), cut);
  ASSERT_TRUE(folded);
  EXPECT_LT(folded->table_size(), 1000U);
}

TEST(FoldedRows, AreNotMadeWhereNothingRepeats) {
  const Rows few = categories(10, 14);
  EXPECT_FALSE(FoldedRows::of(few, rows_up_to(few.count), best_cut(few, few.count)));
  EXPECT_TRUE(best_cut(categories(500, 1), 500).empty()) << "nothing to put together";
  Rows different;
  different.features = 60000;
  different.row_begin.push_back(0);
  for (std::uint32_t r = 0; r < 10000; ++r) {
    for (std::uint32_t k = 0; k < 6; ++k) different.columns.push_back(6 * r + k);
    different.row_begin.push_back(different.columns.size());
  }
  different.count = 10000;
  different.values.assign(different.columns.size(), 1.0F);
  const Cut cut = best_cut(different, different.count);
  EXPECT_FALSE(FoldedRows::of(different, rows_up_to(different.count), cut));
}

TEST(FoldedRows, GiveALogisticGradientLikeTheRowsInAnyOrderAndSample) {
  auto data = std::make_shared<Dataset>();
  data->name = "categories";
  data->train = categories(4000, 14);
  data->classes = {-1.0, 1.0};
  const auto objective = make_objective("logistic", {}, data);
  const std::size_t d = data->train.features;
  Vector x(d);
  Stream stream({.seed = 5});
  for (float& value : x) value = static_cast<float>(2.0 * stream.uniform() - 1.0);
  Workspace work;
  Sample sample;
  for (const std::size_t count : {255, 4000, 3999}) {
    std::vector<std::uint32_t> rows = rows_up_to(count);
    std::reverse(rows.begin(), rows.end());
    sample.rows = rows;
    Vector expected(d);
    sample.whole = false;
    const double loss = objective->evaluate(x, sample, expected, work);
    sample.whole = true;
    for (int time = 0; time < 2; ++time) {
      Vector gradient(d);
      EXPECT_NEAR(objective->evaluate(x, sample, gradient, work), loss, 1e-13);
      for (std::size_t j = 0; j < d; ++j) EXPECT_NEAR(gradient[j], expected[j], 1e-7) << j;
      Vector alone(d);
      objective->gradient(x, sample, alone, work);
      EXPECT_EQ(alone, gradient);
      EXPECT_EQ(objective->evaluate(x, sample, {}, work),
                objective->evaluate(x, sample, gradient, work));
    }
    ++sample.part;
  }
}

}  // namespace
}  // namespace hearsay
