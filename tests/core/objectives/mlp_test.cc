#include "core/objectives/mlp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/vector_ops.h"
#include "tests/core/objectives/objective_testing.h"
#include "tests/core/row_numbers.h"

namespace hearsay {
namespace {

using namespace testing;  // NOLINT: the helpers of this folder
using ::testing::ElementsAre;

TEST(Mlp, OneRowByHand) {
  // a = 2; hidden relu(1 * 2 + 1, -1 * 2 + 1) = (3, 0); scores (3 w, 0) with w = log(3) / 3, so the
  // shares are 3/4 and 1/4.
  const auto data = dense_data(1, {2, 2}, {0, 1}, {0, 1});
  const auto objective = make_objective("mlp", settings({{"hidden", std::vector<Value>{2}}}), data);
  const float w = std::log(3.0F) / 3.0F;
  const Vector x{1, -1, 1, 1, w, 5, 0, 7, 0, 0};
  const std::vector<std::uint32_t> second{1};
  const Result at = evaluate(*objective, x, second);
  EXPECT_NEAR(at.loss, std::log(4.0), 1e-6);
  // d scores = (3/4, -3/4); output weights: times hidden (3, 0); hidden unit 0: 3/4 w, unit 1 is
  // off.
  EXPECT_THAT(at.gradient, ::testing::Pointwise(::testing::FloatNear(1e-6F),
                                                {1.5F * w, 0.0F, 0.75F * w, 0.0F, 2.25F, 0.0F,
                                                 -2.25F, 0.0F, 0.75F, -0.75F}));
}

TEST(Mlp, NamesItsLayers) {
  const auto digits = std::make_shared<Dataset>(load("digits"));
  const auto objective =
      make_objective("mlp", settings({{"hidden", std::vector<Value>{32, 16}}}), digits);
  std::vector<std::string> names;
  for (const Layer& layer : objective->layout().layers()) names.push_back(layer.name);
  EXPECT_THAT(names, ElementsAre("layer0.weight", "layer0.bias", "layer1.weight", "layer1.bias",
                                 "layer2.weight", "layer2.bias"));
  EXPECT_THAT(objective->layout().layers()[2].shape, ElementsAre(16, 32));
  EXPECT_EQ(objective->layout().dimension(), 64U * 32 + 32 + 32 * 16 + 16 + 16 * 10 + 10);
}

TEST(Mlp, WithoutHiddenLayersIsSoftmax) {
  const auto digits = std::make_shared<Dataset>(load("digits", settings({{"scale", 0.0625}})));
  const auto mlp = make_objective("mlp", settings({{"hidden", std::vector<Value>{}}}), digits);
  const auto softmax = make_objective("softmax", {}, digits);
  Vector x(650);
  Stream stream(StreamKey{2});
  for (float& value : x) value = static_cast<float>(stream.uniform() - 0.5);
  const auto rows = rows_up_to(1438);
  const Result a = evaluate(*mlp, x, rows);
  const Result b = evaluate(*softmax, x, rows);
  EXPECT_NEAR(a.loss, b.loss, 1e-6);
  for (std::size_t j = 0; j < x.size(); ++j) EXPECT_NEAR(a.gradient[j], b.gradient[j], 1e-6);
  Workspace work;
  EXPECT_EQ(mlp->correct(x, {}, rows_from(0, 359), work),
            softmax->correct(x, {}, rows_from(0, 359), work));
}

TEST(Mlp, DrawsX0WithinTheBoundsOfHeAndGlorot) {
  const auto digits = std::make_shared<Dataset>(load("digits"));
  const auto largest = [&](const char* activation, std::size_t layer) {
    const auto objective = make_objective("mlp", settings({{"activation", activation}}), digits);
    Vector x(objective->layout().dimension(), 9.0F);
    Stream stream({1, Purpose::initial_model});
    objective->initialize(x, stream);
    const Layer& at = objective->layout().layers()[layer];
    return static_cast<double>(norm_inf(ConstVectorView(x).subspan(at.offset, at.size)));
  };
  const auto just_below = [](double bound) {
    return ::testing::AllOf(::testing::Le(bound), ::testing::Gt(0.95 * bound));
  };
  EXPECT_THAT(largest("relu", 0), just_below(std::sqrt(6.0 / 64)));
  EXPECT_THAT(largest("tanh", 0), just_below(std::sqrt(6.0 / 128)));
  EXPECT_THAT(largest("relu", 2), just_below(std::sqrt(6.0 / 74)));
  EXPECT_EQ(largest("relu", 1), 0.0);
  EXPECT_EQ(largest("relu", 3), 0.0);
}

TEST(Mlp, LearnsExclusiveOr) {
  const auto data = dense_data(2, {0, 0, 0, 1, 1, 0, 1, 1}, {0, 1, 1, 0}, {0, 1});
  const auto objective = make_objective(
      "mlp", settings({{"hidden", std::vector<Value>{8}}, {"activation", "tanh"}}), data);
  Vector x(objective->layout().dimension());
  Stream stream({1, Purpose::initial_model});
  objective->initialize(x, stream);
  const auto rows = rows_up_to(4);
  for (int step = 0; step < 2000; ++step)
    add_scaled(x, -0.5F, evaluate(*objective, x, rows).gradient);
  EXPECT_LT(evaluate(*objective, x, rows).loss, 0.05);
  Workspace work;
  EXPECT_EQ(objective->correct(x, {}, rows_from(0, 4), work), std::optional<std::uint64_t>(4));
}

}  // namespace
}  // namespace hearsay
