#include "core/objectives/logistic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/vector_ops.h"
#include "tests/core/objectives/objective_testing.h"
#include "tests/core/row_numbers.h"

namespace hearsay {
namespace {

using namespace testing;  // NOLINT: the helpers of this folder
using ::testing::HasSubstr;

// Rows (1, 0) with the upper label and (0, 2) with the lower one. At x = (1, -1) the margins are 1
// and -2, so y a'x is 1 and 2.
std::shared_ptr<const Dataset> two_rows() {
  return dense_data(2, {1, 0, 0, 2}, {2, 1}, {1, 2});
}

TEST(Logistic, TwoRowsByHand) {
  const auto rows = rows_up_to(2);
  const Vector x{1, -1};
  const auto plain = make_objective("logistic", settings({{"lambda", 0.0}}), two_rows());
  const Result at = evaluate(*plain, x, rows);
  // (log(1 + e^-1) + log(1 + e^-2)) / 2
  EXPECT_NEAR(at.loss, (0.31326168751822286 + 0.12692801104297252) / 2, 1e-15);
  // -(1, 0) / (1 + e) / 2 and +(0, 2) / (1 + e^2) / 2
  EXPECT_EQ(at.gradient[0], static_cast<float>(-0.26894142136999512 / 2));
  EXPECT_EQ(at.gradient[1], static_cast<float>(0.11920292202211756));
}

TEST(Logistic, RegularizersByHand) {
  const auto rows = rows_up_to(2);
  const Vector x{1, -2};
  const auto added = [&](const Params& given) {
    const auto plain = make_objective("logistic", settings({{"lambda", 0.0}}), two_rows());
    const auto regularized = make_objective("logistic", given, two_rows());
    const Result a = evaluate(*plain, x, rows);
    Result b = evaluate(*regularized, x, rows);
    b.loss -= a.loss;
    for (std::size_t j = 0; j < 2; ++j) b.gradient[j] -= a.gradient[j];
    return b;
  };
  // 0.1 (1/2 + 4/5); slopes 0.2 x / (1 + x^2)^2. The default is nonconvex with lambda 0.1.
  const Result nonconvex = added({});
  EXPECT_NEAR(nonconvex.loss, 0.13, 1e-15);
  EXPECT_NEAR(nonconvex.gradient[0], 0.05, 1e-7);
  EXPECT_NEAR(nonconvex.gradient[1], -0.016, 1e-7);
  // (0.1 / 2) (1 + 4); slopes 0.1 x
  const Result l2 = added(settings({{"regularizer", "l2"}}));
  EXPECT_NEAR(l2.loss, 0.25, 1e-15);
  EXPECT_NEAR(l2.gradient[0], 0.1, 1e-7);
  EXPECT_NEAR(l2.gradient[1], -0.2, 1e-7);
}

TEST(Logistic, StaysFiniteAndExactFarOut) {
  const auto objective = make_objective("logistic", settings({{"lambda", 0.0}}), two_rows());
  const std::vector<std::uint32_t> first{0};
  const Result wrong = evaluate(*objective, Vector{-1e4F, 0}, first);
  EXPECT_EQ(wrong.loss, 1e4);
  EXPECT_EQ(wrong.gradient[0], -1.0F);
  const Result right = evaluate(*objective, Vector{1e4F, 0}, first);
  EXPECT_EQ(right.loss, 0.0);
  EXPECT_EQ(right.gradient[0], 0.0F);
  // log1p keeps a small loss: log(1 + e^-40) = e^-40 to 17 digits.
  EXPECT_NEAR(evaluate(*objective, Vector{40, 0}, first).loss / std::exp(-40.0), 1.0, 1e-15);
}

TEST(Logistic, AMarginOfZeroStandsForTheUpperLabel) {
  const auto objective = make_objective("logistic", {}, two_rows());
  Workspace work;
  EXPECT_EQ(objective->correct(Vector{0, 0}, {}, rows_from(0, 1), work),
            std::optional<std::uint64_t>(1));
  EXPECT_EQ(objective->correct(Vector{0, 0}, {}, rows_from(1, 2), work),
            std::optional<std::uint64_t>(0));
  EXPECT_EQ(objective->correct(Vector{1, -1}, {}, rows_from(0, 2), work),
            std::optional<std::uint64_t>(2));
}

TEST(Logistic, RefusesOtherThanTwoLabels) {
  const auto three = dense_data(1, {1, 2, 3}, {0, 1, 2}, {0, 1, 2});
  EXPECT_THAT(message_of<ParamError>([&] { make_objective("logistic", {}, three); }),
              HasSubstr("exactly two distinct labels; by-hand has 3"));
}

/// The norm of the mean over n contiguous parts of heart_scale of their gradients at 0.
double heart_gradient_norm(std::size_t nodes, double& loss) {
  const auto data = std::make_shared<Dataset>(
      load("libsvm", settings({{"train", HEARSAY_TEST_DATA "/heart_scale"}})));
  EXPECT_EQ(data->train.count, 270U);
  EXPECT_EQ(data->train.features, 13U);
  const auto objective = make_objective("logistic", {}, data, nodes);
  const auto rows = rows_up_to(data->train.count);
  const Vector x0(13, 0.0F);
  std::vector<double> mean(13, 0.0);
  loss = 0.0;
  for (std::size_t i = 0; i < nodes; ++i) {
    const RowRange range = contiguous_range(270, nodes, i);
    const Result part =
        evaluate(*objective, x0, std::span(rows).subspan(range.begin, range.end - range.begin));
    accumulate(mean, 1.0 / static_cast<double>(nodes), part.gradient);
    loss += part.loss / static_cast<double>(nodes);
  }
  double squares = 0.0;
  for (const double value : mean) squares += value * value;
  return std::sqrt(squares);
}

// Against an independent implementation in float64 (NumPy).
TEST(Logistic, HeartScaleAtZero) {
  double loss = 0.0;
  EXPECT_NEAR(heart_gradient_norm(20, loss), 0.46751716192, 1e-7);
  EXPECT_NEAR(loss, std::log(2.0), 1e-14);
  EXPECT_NEAR(heart_gradient_norm(8, loss), 0.467955999936, 1e-7);
  EXPECT_NEAR(loss, std::log(2.0), 1e-14);
}

}  // namespace
}  // namespace hearsay
