#include "core/objectives/softmax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/objectives/objective_testing.h"
#include "tests/core/row_numbers.h"

namespace hearsay {
namespace {

using namespace testing;  // NOLINT: the helpers of this folder
using ::testing::ElementsAre;

TEST(Softmax, OneRowByHand) {
  // W = (1, 0, -1)', b = (0, log 2, 0), a = 0: scores (0, log 2, 0), shares 1/4, 1/2, 1/4.
  const auto data = dense_data(1, {0, 1, 1}, {3, 5, 9}, {3, 5, 9});
  const auto objective = make_objective("softmax", {}, data);
  const Vector x{1, 0, -1, 0, std::log(2.0F), 0};
  const std::vector<std::uint32_t> first{0};
  const Result at = evaluate(*objective, x, first);
  EXPECT_NEAR(at.loss, std::log(4.0), 1e-7);
  EXPECT_THAT(at.gradient, ::testing::Pointwise(::testing::FloatNear(1e-7F),
                                                {0.0F, 0.0F, 0.0F, -0.75F, 0.5F, 0.25F}));
}

TEST(Softmax, HasTheLayersOfItsModel) {
  const auto data = dense_data(2, {0, 0, 1, 1, 2, 2}, {0, 1, 2}, {0, 1, 2});
  const auto with = make_objective("softmax", {}, data);
  ASSERT_EQ(with->layout().layers().size(), 2U);
  EXPECT_EQ(with->layout().layers()[0].name, "weight");
  EXPECT_THAT(with->layout().layers()[0].shape, ElementsAre(3, 2));
  EXPECT_EQ(with->layout().layers()[1].name, "bias");
  const auto without = make_objective("softmax", settings({{"bias", false}}), data);
  EXPECT_EQ(without->layout().dimension(), 6U);
}

TEST(Softmax, StartsAtTheLossOfAFairGuess) {
  const auto digits = std::make_shared<Dataset>(load("digits"));
  const auto objective = make_objective("softmax", {}, digits);
  const Vector zero(650, 0.0F);
  EXPECT_NEAR(evaluate(*objective, zero, rows_up_to(1438)).loss, std::log(10.0), 1e-13);
}

TEST(Softmax, OfTwoClassesIsLogisticOnTheDifference) {
  const auto data = std::make_shared<Dataset>(load("synthetic", settings({{"features", 5}})));
  const auto softmax = make_objective("softmax", settings({{"bias", false}}), data);
  const auto logistic = make_objective("logistic", settings({{"lambda", 0.0}}), data);
  const Vector difference{0.5F, -1.0F, 0.25F, 2.0F, 0.0F};
  Vector both(10, 0.0F);
  std::copy(difference.begin(), difference.end(), both.begin() + 5);
  const auto rows = rows_up_to(1000);
  const Result a = evaluate(*softmax, both, rows);
  const Result b = evaluate(*logistic, difference, rows);
  EXPECT_NEAR(a.loss, b.loss, 1e-13);
  for (std::size_t j = 0; j < 5; ++j) {
    EXPECT_NEAR(a.gradient[5 + j], b.gradient[j], 1e-7);
    EXPECT_NEAR(a.gradient[j], -b.gradient[j], 1e-7);
  }
}

TEST(Softmax, ATestLabelUnseenInTrainingIsWrong) {
  auto data = std::make_shared<Dataset>(*dense_data(1, {1, -1}, {0, 1}, {0, 1}));
  data->test.labels = {0, 7};
  const auto objective = make_objective("softmax", {}, data);
  Workspace work;
  const Vector right{1, -1, 0, 0};
  const Vector wrong{-1, 1, 0, 0};
  EXPECT_EQ(objective->correct(right, {}, rows_from(0, 2), work), std::optional<std::uint64_t>(1));
  EXPECT_EQ(objective->correct(wrong, {}, rows_from(0, 2), work), std::optional<std::uint64_t>(0));
}

TEST(Softmax, StaysFiniteForLargeScores) {
  const auto data = dense_data(1, {1, 1}, {0, 1}, {0, 1});
  const auto objective = make_objective("softmax", settings({{"bias", false}}), data);
  EXPECT_EQ(evaluate(*objective, Vector{2000, -2000}, rows_up_to(2)).loss, 2000.0);
}

}  // namespace
}  // namespace hearsay
