// Local steps between exchanges: nothing changes with one, and with more it is local SGD.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/vector_ops.h"
#include "nodes/algorithm_catalogue.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

std::string config_of(const std::string& algorithm, int rounds = 20) {
  return fmt::format(
      "topology: {{graph: star, workers: 3}}\n"
      "objective: {{model: softmax, batch: 4, data: {{name: synthetic, rows: 61, features: 4, "
      "classes: 3}}}}\n"
      "algorithm: {}\n"
      "run: {{rounds: {}, evaluate_every: 5}}\n",
      algorithm, rounds);
}

std::string with(std::string settings, const std::string& more) {
  settings.insert(settings.size() - 1, ", " + more);
  return settings;
}

std::vector<std::string> algorithms_with_local_steps() {
  std::vector<std::string> result;
  for (const PartInfo* part : algorithm_catalogue().parts())
    for (const Param& param : part->params)
      if (param.name == "local_steps" && algorithms().at(part->name).make.on_server)
        result.push_back(part->name);
  return result;
}

class LocalStepsOf : public ::testing::TestWithParam<std::string> {
 protected:
  static std::string plain() {
    const bool dense = GetParam() == "dist-amsgrad";
    return algorithm_settings({GetParam(), dense ? "identity" : "scaled-sign"}, 0.05);
  }
};

INSTANTIATE_TEST_SUITE_P(Registry, LocalStepsOf, ::testing::ValuesIn(algorithms_with_local_steps()),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(LocalStepsOf, OneStepIsThePlainAlgorithmBitForBit) {
  EXPECT_EQ(timeless_rows(run(config_of(with(plain(), "local_steps: 1, local_learning_rate: 7")))),
            timeless_rows(run(config_of(plain()))));
}

TEST_P(LocalStepsOf, MoreStepsWalkThroughMoreBatchesForTheSameTraffic) {
  const Recorder one = run(config_of(plain()));
  const Recorder three = run(config_of(with(plain(), "local_steps: 3")));
  EXPECT_EQ(three.last().ideal_bits, one.last().ideal_bits);
  EXPECT_EQ(three.last().wire_bytes, one.last().wire_bytes);
  EXPECT_DOUBLE_EQ(three.last().epoch.value(), 3 * one.last().epoch.value());
  EXPECT_NE(three.last().train_loss, one.last().train_loss);
  const Recorder other = run(config_of(with(plain(), "local_steps: 3, local_learning_rate: 0.5")));
  EXPECT_NE(three.last().train_loss, other.last().train_loss);
}

TEST(LocalSteps, OfEfSgdWithFullVectorsAreFederatedAveraging) {
  constexpr Round kSteps = 4;
  constexpr float kRate = 0.1F;
  const Experiment experiment = experiment_of(
      config_of(with(algorithm_settings({"ef-sgd", "identity"}, kRate), "local_steps: 4")));
  Cluster cluster(experiment);
  Workspace work;
  Vector average(cluster.model(1).begin(), cluster.model(1).end());
  Vector g(average.size());
  for (Round t = 1; t <= 20; ++t) {
    std::vector<double> sum(average.size(), 0.0);
    for (NodeId id = 1; id < cluster.size(); ++id) {
      Vector y = average;
      for (Round h = 1; h <= kSteps; ++h) {
        cluster.node(id).problem->gradient((t - 1) * kSteps + h, y, g, work);
        add_scaled(y, -kRate, g);
      }
      accumulate(sum, 1.0 / 3.0, y);
    }
    round_to_float(average, sum);
    cluster.run_to(t);
    for (std::size_t j = 0; j < average.size(); ++j)
      ASSERT_NEAR(cluster.model(1)[j], average[j], 1e-5) << t << ", coordinate " << j;
  }
  EXPECT_GT(squared_norm(average), 0.01);
}

TEST(LocalSteps, OfQadamFollowTheWorkersOwnDirections) {
  // One worker and full vectors: the server's step adds up the local ones.
  const auto settings_of = [](const char* name, int steps) {
    return with(algorithm_settings({name, "identity"}, 0.05),
                fmt::format("local_steps: {}", steps));
  };
  const auto on_one = [](std::string text) {
    return text.replace(text.find("workers: 3"), 10, "workers: 1");
  };
  const Experiment local = experiment_of(on_one(config_of(settings_of("qadam", 4), 5)));
  const Experiment plain = experiment_of(on_one(config_of(settings_of("qadam", 1), 20)));
  Cluster few(local);
  Cluster many(plain);
  few.run_to(5);
  many.run_to(20);
  for (std::size_t j = 0; j < experiment_of(config_of(settings_of("qadam", 1))).dimension(); ++j)
    EXPECT_NEAR(few.model(1)[j], many.model(1)[j], 1e-5) << j;
}

TEST(LocalSteps, CountInTheEpochsOfASchedule) {
  // 60 rows on 3 workers, batches of 4: an epoch is 5 rounds of one step, or one round of five.
  const auto first_after_milestone = [](int steps) {
    const Recorder recorder = run(fmt::format(
        "topology: {{graph: star, workers: 3}}\n"
        "objective: {{model: softmax, batch: 4, data: {{name: synthetic, rows: 60, features: 4, "
        "classes: 3}}}}\n"
        "algorithm: {{name: ef-sgd, compressor: identity, learning_rate: 0.1, local_steps: {}, "
        "local_learning_rate: 0.1,\n"
        "  schedule: {{kind: step, milestones: [2], factor: 1e-9}}}}\n"
        "run: {{rounds: 15, evaluate_every: 1}}\n",
        steps));
    for (Round t = 1; t < 15; ++t)
      if (std::abs(*recorder.row(t + 1).train_loss - *recorder.row(t).train_loss) < 1e-6) return t;
    return Round{0};
  };
  EXPECT_EQ(first_after_milestone(1), 10U);
  EXPECT_EQ(first_after_milestone(5), 2U);
}

}  // namespace
}  // namespace hearsay
