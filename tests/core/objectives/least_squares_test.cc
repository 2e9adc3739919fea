#include "core/objectives/least_squares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/objectives/objective_testing.h"

namespace hearsay {
namespace {

using namespace testing;  // NOLINT: the helpers of this folder
using ::testing::ElementsAre;

TEST(LeastSquares, TwoRowsByHand) {
  // Rows (1, 2) -> 1 and (0, 1) -> 5; at x = (1, 1) the residuals are 2 and -4.
  const auto data = dense_data(2, {1, 2, 0, 1}, {1, 5}, {1, 5});
  const Vector x{1, 1};
  const Result at = evaluate(*make_objective("least-squares", {}, data), x, rows_up_to(2));
  EXPECT_EQ(at.loss, 5.0);  // (4/2 + 16/2) / 2
  EXPECT_THAT(at.gradient, ElementsAre(1.0F, 0.0F));
  const auto ridge = make_objective("least-squares", settings({{"lambda", 0.5}}), data);
  const Result with = evaluate(*ridge, x, rows_up_to(2));
  EXPECT_EQ(with.loss, 5.5);
  EXPECT_THAT(with.gradient, ElementsAre(1.5F, 0.5F));
}

TEST(LeastSquares, IsZeroAtTheTeacherOfNoiselessData) {
  const auto data = std::make_shared<Dataset>(
      load("synthetic", settings({{"features", 1}, {"classes", 1}, {"noise", 0.0}, {"rows", 30}})));
  const auto slope =
      static_cast<float>(data->train.labels[0] / static_cast<double>(data->train.values[0]));
  const auto objective = make_objective("least-squares", {}, data);
  EXPECT_LT(evaluate(*objective, Vector{slope}, rows_up_to(30)).loss, 1e-13);
}

TEST(LeastSquares, ClassifiesNothing) {
  const auto objective = make_objective("least-squares", {}, dense_data(1, {1}, {1}, {1}));
  Workspace work;
  EXPECT_EQ(objective->test_rows(), 0U);
  EXPECT_EQ(objective->correct(Vector{1}, {}, {}, work), std::nullopt);
}

}  // namespace
}  // namespace hearsay
