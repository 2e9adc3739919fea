#include "core/optimizers/adaptive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/optimizers/adam.h"
#include "core/optimizers/amsgrad.h"
#include "tests/core/state.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

std::unique_ptr<Optimizer> make(const std::string& name, std::size_t d,
                                std::initializer_list<Entry> options = {}) {
  return make_optimizer(name, settings(options), d);
}

TEST(AmsGrad, TakesTheStepsWorkedOutByHand) {
  // beta1 0.5, beta2 0.75, epsilon 1, eta 1, g = 4, 0, from x = 10:
  // m = 2, v = 4, a = 2 / sqrt(5);   m = 1, v = 3, vhat = 4, a = 1 / sqrt(5).
  const auto optimizer = make("amsgrad", 1, {{"beta1", 0.5}, {"beta2", 0.75}, {"epsilon", 1.0}});
  Vector x{10.0F};
  optimizer->step(x, Vector{4.0F}, 1.0);
  EXPECT_FLOAT_EQ(x[0], static_cast<float>(10 - 2 / std::sqrt(5.0)));
  optimizer->step(x, Vector{0.0F}, 1.0);
  EXPECT_FLOAT_EQ(x[0], static_cast<float>(10 - 3 / std::sqrt(5.0)));
  SavedState state = saved(*optimizer);
  EXPECT_EQ(state.at("m"), Vector{1.0F});
  EXPECT_EQ(state.at("v"), Vector{3.0F});
  EXPECT_EQ(state.at("vhat"), Vector{4.0F});
}

TEST(Adam, ForgetsTheMaximum) {
  // The same gradients: the second direction is 1 / sqrt(3 + 1).
  const auto optimizer = make("adam", 1, {{"beta1", 0.5}, {"beta2", 0.75}, {"epsilon", 1.0}});
  Vector g{4.0F};
  optimizer->direction(g);
  EXPECT_FLOAT_EQ(g[0], static_cast<float>(2 / std::sqrt(5.0)));
  g = {0.0F};
  optimizer->direction(g);
  EXPECT_EQ(g[0], 0.5F);
}

TEST(Adam, KeepsNoMaximum) {
  const auto optimizer = make("adam", 5);
  EXPECT_EQ(saved(*optimizer).vectors.size(), 2U);
  EXPECT_THROW(saved(*optimizer).at("vhat"), std::out_of_range);
}

TEST(AmsGrad, HasEpsilonInsideTheRoot) {
  // g = 0 but for m: with epsilon outside the root a would be near m / epsilon = 1e8 m.
  const auto optimizer = make("amsgrad", 1, {{"beta2", 0.0}});
  Vector g{1e-6F};
  optimizer->direction(g);
  EXPECT_NEAR(g[0], 0.1 * 1e-6 / std::sqrt(1e-12 + 1e-8), 1e-9);
}

TEST(AmsGrad, IsStillWithoutGradients) {
  const auto optimizer = make("amsgrad", 3);
  Vector x{1.0F, -2.0F, 0.0F};
  const Vector before = x;
  optimizer->step(x, Vector(3), 0.1);
  EXPECT_EQ(x, before);
}

/// The formulas in double, a coordinate at a time.
struct Reference {
  bool maximum;
  bool corrected;
  double m = 0, v = 0, vhat = 0;
  int t = 0;

  double direction(double g) {
    ++t;
    m = 0.9 * m + 0.1 * g;
    v = 0.99 * v + 0.01 * g * g;
    vhat = maximum ? std::max(vhat, v) : v;
    const double c1 = corrected ? 1 - std::pow(0.9, t) : 1;
    const double c2 = corrected ? 1 - std::pow(0.99, t) : 1;
    return m / c1 / std::sqrt(vhat / c2 + 1e-8);
  }
};

TEST(Adaptive, FollowsTheFormulasInDouble) {
  constexpr std::size_t kDimension = 20;
  for (const bool maximum : {true, false}) {
    for (const bool corrected : {true, false}) {
      const auto optimizer =
          make(maximum ? "amsgrad" : "adam", kDimension, {{"bias_correction", corrected}});
      std::vector<Reference> reference(kDimension, Reference{maximum, corrected});
      for (std::uint64_t t = 1; t <= 200; ++t) {
        Vector g = gaussian_vector(kDimension, t);
        const Vector input = g;
        optimizer->direction(g);
        for (std::size_t j = 0; j < kDimension; ++j) {
          const double scale = t > 30 ? 1.0 : 10.0;  // the first steps are large when uncorrected
          ASSERT_NEAR(g[j], reference[j].direction(input[j]), 2e-6 * scale) << t;
        }
      }
    }
  }
}

TEST(Adaptive, CorrectedFirstStepIsTheSignOfTheGradient) {
  const auto optimizer = make("adam", 3, {{"bias_correction", true}});
  Vector g{5.0F, -0.25F, 1000.0F};
  optimizer->direction(g);
  EXPECT_NEAR(g[0], 1.0, 1e-5);
  EXPECT_NEAR(g[1], -1.0, 1e-5);
  EXPECT_NEAR(g[2], 1.0, 1e-5);
}

TEST(AmsGrad, SecondMomentNeverFalls) {
  constexpr std::size_t kDimension = 30;
  const auto optimizer = make("amsgrad", kDimension);
  Vector before(kDimension);
  bool v_fell = false;
  for (std::uint64_t t = 1; t < 50; ++t) {
    Vector g = gaussian_vector(kDimension, t);
    optimizer->direction(g);
    const SavedState state = saved(*optimizer);
    for (std::size_t j = 0; j < kDimension; ++j) {
      ASSERT_GE(state.at("vhat")[j], before[j]);
      ASSERT_GE(state.at("vhat")[j], state.at("v")[j]);
      v_fell = v_fell || state.at("v")[j] < before[j];
    }
    before = state.at("vhat");
  }
  EXPECT_TRUE(v_fell);  // else the maximum was never needed
}

TEST(Adaptive, CountsStepsInItsState) {
  const auto optimizer = make("amsgrad", 1);
  Vector x{0.0F};
  Vector g{1.0F};
  optimizer->step(x, g, 0.1);
  optimizer->direction(g);
  const SavedState state = saved(*optimizer);
  ASSERT_EQ(state.integers.size(), 1U);
  EXPECT_EQ(state.integers[0].second, 2U);
}

TEST(Adaptive, ListsItsSettings) {
  std::vector<std::string> names;
  for (const Param& param : amsgrad_params()) names.push_back(param.name);
  EXPECT_THAT(names, ::testing::ElementsAre("beta1", "beta2", "epsilon", "bias_correction",
                                            "weight_decay", "weight_decay_kind"));
  EXPECT_EQ(adam_params().size(), names.size());
  EXPECT_EQ(amsgrad_params()[0].allowed(), "a number in [0, 1)");
}

}  // namespace
}  // namespace hearsay
