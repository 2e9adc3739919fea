#include "nodes/health.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

TEST(HealthMean, IsOfWhatIsThereAndTheGreatestAge) {
  HealthMean mean;
  mean.add({});
  mean.add({.residual_ratio = 1.0, .never_sent = 0.5, .oldest_age = 3});
  mean.add({.residual_ratio = 2.0, .markov_error = 0.25, .never_sent = 0.0, .oldest_age = 0});
  const Health health = mean.mean();
  EXPECT_EQ(health.residual_ratio, 1.5);
  EXPECT_EQ(health.markov_error, 0.25);
  EXPECT_EQ(health.never_sent, 0.25);
  EXPECT_EQ(health.oldest_age, 3U);
}

TEST(HealthMean, OfNothingIsNothing) {
  const Health health = HealthMean().mean();
  EXPECT_FALSE(health.residual_ratio || health.markov_error || health.never_sent ||
               health.oldest_age);
}

std::string yaml(const std::string& topology, const std::string& algorithm,
                 const std::string& run = "rounds: 6, evaluate_every: 3") {
  return fmt::format(
      "topology: {}\nobjective: {{model: quadratic, dimension: 20}}\n"
      "algorithm: {}\nrun: {{{}}}\n",
      topology, algorithm, run);
}

const std::string kStar = "{graph: star, workers: 3}";
const std::string kRing = "{graph: ring, nodes: 4}";
const std::string kTopK = "compressor: {name: top-k, k: 2}";

TEST(Health, IsEmptyBeforeTheFirstRoundAndThenOfAllNodes) {
  const Recorder recorder =
      run(yaml(kStar, "{name: spars-ams, learning_rate: 0.1, " + kTopK + "}"));
  const Health& before = recorder.row(0).health;
  EXPECT_FALSE(before.residual_ratio || before.never_sent || before.oldest_age);
  for (std::size_t k = 1; k < recorder.reports.size(); ++k) {
    const EvaluationReport& report = recorder.reports[k];
    EXPECT_FALSE(report.offers[0].health.never_sent) << "the server sends full vectors";
    double sum = 0.0;
    for (NodeId id = 1; id <= 3; ++id) sum += report.offers[id].health.residual_ratio.value();
    EXPECT_EQ(report.row.health.residual_ratio, sum / 3.0);
    EXPECT_FALSE(report.row.health.markov_error);
    EXPECT_GT(report.row.health.never_sent, 0.0);
    EXPECT_LE(report.row.health.never_sent, 0.9);
  }
}

TEST(Health, OfMarkovChannelsIsOfModelsAndServersToo) {
  const Recorder ring =
      run(yaml(kRing, "{name: choco-sgd, learning_rate: 0.1, gossip_step: 0.1, " + kTopK + "}"));
  EXPECT_GT(ring.last().health.markov_error, 0.0);
  EXPECT_FALSE(ring.last().health.residual_ratio);
  EXPECT_EQ(ring.last().health.oldest_age, 6U);
  const Recorder star = run(yaml(kStar, "{name: cd-adam, learning_rate: 0.1, " + kTopK + "}"));
  EXPECT_GT(star.reports.back().offers[0].health.markov_error, 0.0);
}

TEST(Health, OfSignsKnowsNoWaitingCoordinate) {
  const Recorder recorder =
      run(yaml(kStar, "{name: cd-adam, learning_rate: 0.1, compressor: scaled-sign}"));
  EXPECT_EQ(recorder.last().health.never_sent, 0.0);
  EXPECT_EQ(recorder.last().health.oldest_age, 0U);
  EXPECT_GT(recorder.last().health.markov_error, 0.0);
}

TEST(Health, OfFullVectorsIsEmpty) {
  for (const std::string& algorithm :
       {std::string("{name: dpsgd, learning_rate: 0.1}"),
        std::string(
            "{name: choco-sgd, learning_rate: 0.1, gossip_step: 1, compressor: identity}")}) {
    const Health health = run(yaml(kRing, algorithm)).last().health;
    EXPECT_FALSE(health.residual_ratio || health.markov_error || health.never_sent ||
                 health.oldest_age)
        << algorithm;
  }
}

TEST(Health, MarkovErrorIsThatOfTheVectorSent) {
  // One node alone: its model does not move in averaging, and its public copy starts from zero, so
  // after t messages of top-k with k = 2 all but the 2 t largest entries are missing.
  const Recorder recorder =
      run(yaml("{graph: ring, nodes: 1}", "{name: choco-gossip, gossip_step: 1, " + kTopK + "}"));
  Vector x = recorder.end->model;
  std::sort(x.begin(), x.end(), [](float a, float b) { return std::abs(a) > std::abs(b); });
  const ConstVectorView sorted(x);
  EXPECT_NEAR(*recorder.row(1).health.markov_error,
              std::sqrt(squared_norm(sorted.subspan(6)) / squared_norm(x)), 1e-7);
  EXPECT_NEAR(*recorder.row(2).health.markov_error,
              std::sqrt(squared_norm(sorted.subspan(12)) / squared_norm(x)), 1e-7);
  EXPECT_EQ(recorder.row(2).health.never_sent, 8.0 / 20.0);
}

TEST(Health, CanBeLeftOutAndChangesNoModel) {
  const std::string algorithm =
      "{name: choco-sgd, learning_rate: 0.1, gossip_step: 0.1, " + kTopK + "}";
  const Recorder with = run(yaml(kRing, algorithm));
  const Recorder without =
      run(yaml(kRing, algorithm, "rounds: 6, evaluate_every: 3, health: false"));
  EXPECT_FALSE(without.last().health.never_sent || without.last().health.markov_error);
  EXPECT_EQ(bits_of(with.end->model), bits_of(without.end->model));
}

TEST(Health, IsTrackedUpToAThousandNodesUnlessAskedFor) {
  const auto watch = [](int nodes, const std::string& run) {
    return experiment_of(
               "topology: {graph: ring, nodes: " + std::to_string(nodes) +
               "}\nobjective: {model: quadratic, dimension: 2}\nalgorithm: {name: "
               "choco-gossip, compressor: scaled-sign, gossip_step: 0.1}\nrun: {rounds: 9" +
               run + "}\n")
        .watch_in(1);
  };
  EXPECT_NE(watch(1000, ""), Workspace::Watch::nothing);
  EXPECT_EQ(watch(1001, ""), Workspace::Watch::nothing);
  EXPECT_NE(watch(1001, ", health: true"), Workspace::Watch::nothing);
  EXPECT_EQ(watch(3, ", health: false"), Workspace::Watch::nothing);
}

}  // namespace
}  // namespace hearsay
