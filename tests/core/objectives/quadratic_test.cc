#include "core/objectives/quadratic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/vector_ops.h"
#include "tests/core/objectives/objective_testing.h"

namespace hearsay {
namespace {

using namespace testing;  // NOLINT: the helpers of this folder

std::vector<double> mean_gradient(const QuadraticObjective& objective, ConstVectorView x,
                                  std::size_t parts) {
  std::vector<double> mean(x.size(), 0.0);
  for (std::size_t i = 0; i < parts; ++i)
    accumulate(mean, 1.0 / static_cast<double>(parts),
               evaluate(objective, x, {}, static_cast<NodeId>(i)).gradient);
  return mean;
}

Vector to_float(const std::vector<double>& x) {
  Vector result(x.size());
  round_to_float(result, x);
  return result;
}

TEST(Quadratic, CurvatureIsEvenOnALogScale) {
  const Curvature three(3, 100.0);
  EXPECT_DOUBLE_EQ(three[0], 1.0);
  EXPECT_DOUBLE_EQ(three[1], 0.1);
  EXPECT_DOUBLE_EQ(three[2], 0.01);
  EXPECT_EQ(Curvature(1, 100.0)[0], 1.0);
}

TEST(Quadratic, LongCurvaturesAreProductsThatRoundTwiceAtMost) {
  constexpr std::size_t kLong = 3 * Curvature::kRun + 7;
  const Curvature h(kLong, 1e4);
  std::size_t next = 0;
  h.for_each([&](std::size_t j, double h_j) {
    EXPECT_EQ(j, next++);
    EXPECT_EQ(h_j, h[j]);
    const double exact = std::pow(1e4, -static_cast<double>(j) / static_cast<double>(kLong - 1));
    EXPECT_NEAR(h_j / exact, 1.0, 4 * std::numeric_limits<double>::epsilon()) << j;
  });
  EXPECT_EQ(next, kLong);
}

TEST(Quadratic, GradientsAloneHaveTheSameBits) {
  const std::size_t d = 2 * Curvature::kRun + 100;
  const QuadraticObjective objective({d, 10.0, 1.0, 0.0}, 2, 1);
  const Vector x(d, 0.5F);
  Workspace work;
  Vector alone(d);
  objective.gradient(x, {{}, 1}, alone, work);
  EXPECT_EQ(alone, evaluate(objective, x, {}, 1).gradient);
}

TEST(Quadratic, TheMeanGradientVanishesAtTheOptimum) {
  const QuadraticObjective objective({50, 1000.0, 3.0, 0.0}, 9, 4);
  const Vector best = to_float(objective.optimum());
  for (const double slope : mean_gradient(objective, best, 9)) EXPECT_NEAR(slope, 0.0, 1e-6);
  // And it is h (x - x*) elsewhere.
  Vector away = best;
  for (float& value : away) value += 2.0F;
  const auto gradient = mean_gradient(objective, away, 9);
  for (std::size_t j = 0; j < 50; ++j)
    EXPECT_NEAR(gradient[j], 2.0 * objective.curvature()[j], 1e-5);
}

TEST(Quadratic, HeterogeneityIsTheDistanceOfTheNodesOptima) {
  const QuadraticObjective same({20, 10.0, 0.0, 0.0}, 5, 4);
  const Vector best = to_float(same.optimum());
  for (NodeId i = 0; i < 5; ++i) EXPECT_NEAR(evaluate(same, best, {}, i).loss, 0.0, 1e-12);
  // With condition 1, grad f_i at 0 is -b_i, so the variance over nodes is heterogeneity^2.
  const QuadraticObjective apart({400, 1.0, 3.0, 0.0}, 200, 4);
  const auto mean = apart.optimum();
  double spread = 0.0;
  for (NodeId i = 0; i < 200; ++i)
    spread += squared_norm(evaluate(apart, to_float(mean), {}, i).gradient) / (200.0 * 400.0);
  EXPECT_NEAR(std::sqrt(spread), 3.0, 0.05);
}

TEST(Quadratic, APartDoesNotDependOnHowManyThereAre) {
  const QuadraticObjective few({10, 10.0, 1.0, 0.0}, 2, 4);
  const QuadraticObjective many({10, 10.0, 1.0, 0.0}, 7, 4);
  const Vector x(10, 0.5F);
  EXPECT_EQ(evaluate(few, x, {}, 1).gradient, evaluate(many, x, {}, 1).gradient);
  const QuadraticObjective other({10, 10.0, 1.0, 0.0}, 2, 5);
  EXPECT_NE(evaluate(few, x, {}, 1).gradient, evaluate(other, x, {}, 1).gradient);
}

TEST(Quadratic, NoiseComesFromTheStreamAlone) {
  const QuadraticObjective objective({1000, 10.0, 1.0, 0.5}, 2, 4);
  const Vector x(1000, 0.5F);
  const Vector exact = evaluate(objective, x, {}).gradient;
  const auto noisy = [&](Round t) {
    Stream stream({4, Purpose::noise, 0, t});
    Workspace work;
    Vector gradient(1000);
    objective.evaluate(x, {{}, 0, &stream}, gradient, work);
    return gradient;
  };
  EXPECT_EQ(noisy(1), noisy(1));
  EXPECT_NE(noisy(1), noisy(2));
  EXPECT_NEAR(std::sqrt(squared_distance(noisy(1), exact) / 1000.0), 0.5, 0.05);
  EXPECT_EQ(exact, evaluate(objective, x, {}).gradient);
}

TEST(Quadratic, WorksWithoutData) {
  const auto objective = make_objective("quadratic", settings({{"dimension", 7}}), nullptr);
  EXPECT_EQ(objective->layout().dimension(), 7U);
  EXPECT_EQ(objective->test_rows(), 0U);
}

}  // namespace
}  // namespace hearsay
