// Training among peers that send poison: the mean is lost, robust aggregates are not. And what the
// robust ones do not stand.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/compressors/identity.h"
#include "core/vector_ops.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr Round kRounds = 60;

const char* const kServer = "{graph: star, workers: 20}";
const char* const kComplete = "{graph: complete, nodes: 20}";
const char* const kExponential = "{graph: exponential, nodes: 20}";  // of degree 8

/// What a poisoned peer sends in place of w.
using Attack = void (*)(VectorView w, Stream& stream);

void noise(VectorView w, Stream& stream) {
  for (float& value : w) value = 100.0F * gaussian(stream);
}
void flip(VectorView w, Stream& /*stream*/) {
  for (float& value : w) value *= -20.0F;
}

struct Scene {
  std::string name;
  std::string topology;
  std::string algorithm;
  std::set<NodeId> poisoned;
};

Experiment experiment_of(const Scene& scene, const std::string& aggregation) {
  return hearsay::testing::experiment_of(
      fmt::format("topology: {}\n"
                  "objective: {{model: softmax, data: digits}}\n"
                  "algorithm: {{name: {}, aggregation: {}}}\n"
                  "run: {{rounds: {}}}\n",
                  scene.topology, scene.algorithm, aggregation, kRounds));
}

/// Test accuracy of the mean of the honest nodes' models after the run.
double accuracy(const Scene& scene, const std::string& aggregation, Attack attack) {
  const Experiment experiment = experiment_of(scene, aggregation);
  const Identity identity(experiment.dimension());
  Stream stream = stream_of(1);
  Cluster cluster(experiment);
  if (attack != nullptr)
    cluster.tamper = [&](Envelope& envelope) {
      if (!scene.poisoned.contains(envelope.header.from)) return;
      Vector w = decoded(identity, *envelope.payload);
      attack(w, stream);
      envelope.payload = std::make_shared<const Bytes>(encoded(identity, w));
    };
  cluster.run_to(kRounds);

  std::vector<double> sum(experiment.dimension());
  double honest = 0.0;
  for (NodeId id = experiment.network().server ? 1 : 0; id < cluster.size(); ++id)
    if (!scene.poisoned.contains(id)) {
      accumulate(sum, 1.0, cluster.model(id));
      honest += 1.0;
    }
  for (double& value : sum) value /= honest;
  Vector mean(sum.size());
  round_to_float(mean, sum);
  Workspace work;
  const auto correct = experiment.objective().correct(mean, {}, experiment.test_rows(), work);
  return static_cast<double>(correct.value()) / static_cast<double>(experiment.test_rows().size());
}

const Scene kDistAmsgrad = {
    "DistAmsgrad", kServer, "dist-amsgrad, learning_rate: 0.02", {3, 8, 9, 17}};
const Scene kEfSgd = {
    "EfSgd", kServer, "ef-sgd, compressor: identity, learning_rate: 0.05", {3, 8, 9, 17}};
const Scene kDpsgd = {"Dpsgd", kComplete, "dpsgd, learning_rate: 0.05", {3, 8, 9, 17}};
const Scene kDadam = {  // at most two of them meet in a neighbourhood
    "Dadam",
    kExponential,
    "dadam, learning_rate: 0.01, order: adapt-then-combine",
    {0, 1, 2, 9}};

struct Case {
  Scene scene;
  std::vector<std::string> rules;
};

class Poisoned : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Scenes, Poisoned,
    ::testing::Values(
        Case{kDistAmsgrad, {"median", "{name: trimmed-mean, count: 4}"}},
        Case{kEfSgd,
             {"median", "{name: trimmed-mean, fraction: 0.2}",
              "{name: centered-clipping, radius: 0.5}"}},
        Case{kDpsgd,
             {"median", "{name: trimmed-mean, count: 4}", "{name: clipped-gossip, radius: 0.1}",
              "{name: clipped-gossip, radius: adaptive, byzantine: 4}"}},
        Case{kDadam,
             {"median", "{name: trimmed-mean, count: 2}", "{name: clipped-gossip, radius: 0.1}",
              "{name: clipped-gossip, radius: adaptive, byzantine: 2}"}}),
    [](const auto& tested) { return tested.param.scene.name; });

TEST_P(Poisoned, MeanIsLostAndRobustRulesComeNearTheHonestAccuracy) {
  const Scene& scene = GetParam().scene;
  const double honest = accuracy(scene, "mean", nullptr);
  EXPECT_GT(honest, 0.9);
  EXPECT_LT(accuracy(scene, "mean", noise), 0.5);
  for (const std::string& rule : GetParam().rules) {
    EXPECT_GT(accuracy(scene, rule, noise), honest - 0.05) << rule;
    EXPECT_GT(accuracy(scene, rule, nullptr), honest - 0.05) << rule;
  }
}

TEST(FlippedGradients, AreWithstoodByTheServersRules) {
  const double honest = accuracy(kEfSgd, "mean", nullptr);
  EXPECT_LT(accuracy(kEfSgd, "mean", flip), 0.5);
  for (const char* rule :
       {"median", "{name: trimmed-mean, count: 4}", "{name: centered-clipping, radius: 0.5}"})
    EXPECT_GT(accuracy(kEfSgd, rule, flip), honest - 0.05) << rule;
}

// What docs/robustness.md says of poison at the edge of the honest spread: every round's result
// lies between honest values, always on the same side, and sixty rounds of that are no training. A
// length that models must not differ by, known beforehand, withstands it.
TEST(FlippedModels, DragRulesThatOnlyCompareAlong) {
  EXPECT_LT(accuracy(kDpsgd, "{name: trimmed-mean, count: 4}", flip), 0.8);
  EXPECT_LT(accuracy(kDpsgd, "{name: clipped-gossip, radius: adaptive, byzantine: 4}", flip), 0.8);
  EXPECT_GT(accuracy(kDpsgd, "{name: clipped-gossip, radius: 0.1}", flip), 0.85);
}

TEST(TooFewTrimmed, AreNoProtection) {
  EXPECT_LT(accuracy(kDpsgd, "{name: trimmed-mean, count: 1}", noise), 0.5);
}

std::string error_of(const Scene& scene, const std::string& aggregation) {
  return message_of<ConfigError>([&] { experiment_of(scene, aggregation); });
}

TEST(Aggregation, IsRefusedWhereItHasNoMeaning) {
  EXPECT_THAT(error_of(kEfSgd, "{name: clipped-gossip, radius: 1}"),
              AllOf(HasSubstr("algorithm.aggregation: found clipped-gossip, allowed for a server"),
                    HasSubstr("mean, trimmed-mean, median, centered-clipping")));
  EXPECT_THAT(error_of(kDpsgd, "{name: centered-clipping, radius: 1}"),
              AllOf(HasSubstr("found centered-clipping, allowed between nodes of a graph"),
                    HasSubstr("mean, trimmed-mean, median, clipped-gossip")));
  EXPECT_THAT(error_of(kEfSgd, "{name: trimmed-mean, count: 10}"),
              HasSubstr("trims 10 a side of 20 vectors, allowed are at most 9, one from each"));
  EXPECT_THAT(error_of(kDpsgd, "{name: trimmed-mean}"),
              HasSubstr("algorithm.aggregation.count: trimmed-mean needs count or fraction"));
  Scene path = kDpsgd;
  path.topology = "{graph: path, nodes: 4}";
  EXPECT_THAT(error_of(path, "{name: trimmed-mean, count: 1}"),
              HasSubstr("trims 1 a side of 2 vectors, allowed are at most 0, where node 0 meets "
                        "the 1 that it hears in round 1"));
  EXPECT_THAT(error_of(path, "{name: clipped-gossip, radius: adaptive, byzantine: 1}"),
              HasSubstr("stands 1 poisoned neighbours, and there are 1: allowed are at most 0"));
}

TEST(Aggregation, OfDifferencesIsTheMean) {
  for (const char* name : {"cd-adam, compressor: scaled-sign", "ef21, compressor: scaled-sign",
                           "cada, threshold: 1"}) {
    const Scene scene = {"", kServer, fmt::format("{}, learning_rate: 0.1", name), {}};
    EXPECT_EQ(error_of(scene, "mean"), "");
    EXPECT_THAT(error_of(scene, "median"),
                AllOf(HasSubstr("found median"), HasSubstr("no replica of each")));
  }
  for (const char* name : {"choco-sgd", "choco-amsgrad"}) {
    const Scene scene = {"",
                         "{graph: ring, nodes: 4}",
                         fmt::format("{}, learning_rate: 0.1, gossip_step: 0.1, compressor: "
                                     "scaled-sign",
                                     name),
                         {}};
    EXPECT_EQ(error_of(scene, "mean"), "");
    EXPECT_THAT(error_of(scene, "{name: clipped-gossip, radius: 1}"),
                AllOf(HasSubstr("found clipped-gossip"), HasSubstr("no replica of each")));
  }
}

TEST(Aggregation, OfSparseMessagesByCoordinateIsWarnedOf) {
  const auto warnings = [](const std::string& compressor, const std::string& aggregation) {
    const Scene scene = {
        "", kServer, fmt::format("comp-ams, learning_rate: 0.1, compressor: {}", compressor), {}};
    const Experiment experiment = experiment_of(scene, aggregation);
    return fmt::format("{}", fmt::join(experiment.warnings(), "\n"));
  };
  EXPECT_THAT(warnings("{name: top-k, ratio: 0.05}", "median"),
              HasSubstr("algorithm.aggregation: median takes each coordinate for itself"));
  for (const char* aggregation : {"mean", "{name: centered-clipping, radius: 1}"})
    EXPECT_EQ(warnings("{name: top-k, ratio: 0.05}", aggregation), "");
  EXPECT_EQ(warnings("{name: top-k, ratio: 1.0}", "median"), "");
  EXPECT_EQ(warnings("scaled-sign", "median"), "");
}

// On a star everybody steps with the same aggregate, on a graph everybody has its own.
TEST(Aggregation, OfAServerLeavesAllWorkersEqual) {
  const Experiment experiment = experiment_of(kEfSgd, "median");
  Cluster cluster(experiment);
  cluster.run_to(5);
  for (NodeId id = 2; id < cluster.size(); ++id)
    ASSERT_EQ(bits_of(cluster.model(id)), bits_of(cluster.model(1)));
}

TEST(Aggregation, IsSavedAndRestoredBitForBit) {
  for (const auto& [scene, rule] :
       {std::pair(kEfSgd, "{name: centered-clipping, radius: 0.5}"),
        std::pair(kDpsgd, "{name: clipped-gossip, radius: 0.1}"), std::pair(kDadam, "median")}) {
    const Experiment experiment = experiment_of(scene, rule);
    Cluster undisturbed(experiment);
    undisturbed.run_to(3);
    const auto middle = undisturbed.states();
    undisturbed.run_to(6);
    Cluster fresh(experiment);
    fresh.restore(middle);
    fresh.run_to(6);
    EXPECT_EQ(difference(fresh.states(), undisturbed.states()), "") << rule;
  }
}

}  // namespace
}  // namespace hearsay
