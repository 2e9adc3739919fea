// What the theory promises of the algorithms on a graph.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <ostream>

#include "core/objectives/quadratic.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

struct OnGraph {
  const char* topology;
  const char* algorithm;
};

std::ostream& operator<<(std::ostream& out, const OnGraph& tested) {
  return out << tested.algorithm << " on " << tested.topology;
}

// --- The mean of the models ---

// Gossip keeps the mean, and trackers and corrections have the mean of the gradients. The
// quadratics have one curvature, so with SGD steps the mean must go exactly as gradient descent on
// the mean objective, x <- x - eta h (x - b), whatever the graph, the compressor and the gossip
// step.
class MeanOfTheModels : public ::testing::TestWithParam<OnGraph> {};

const char* const kRing = "{graph: ring, nodes: 6}";
const char* const kPath = "{graph: path, nodes: 4}";

INSTANTIATE_TEST_SUITE_P(
    Graphs, MeanOfTheModels,
    ::testing::Values(
        OnGraph{kRing, "name: dpsgd"}, OnGraph{"{graph: base, nodes: 7}", "name: dpsgd"},
        OnGraph{"{graph: one-peer-exponential, nodes: 5}", "name: dpsgd"},
        OnGraph{"{graph: random-matching, nodes: 5}", "name: dpsgd, order: adapt-then-combine"},
        OnGraph{kRing, "name: choco-sgd, compressor: {name: top-k, k: 2}, gossip_step: 0.2"},
        OnGraph{kPath, "name: choco-sgd, compressor: scaled-sign, gossip_step: 0.4"},
        OnGraph{kRing, "name: deepsqueeze, compressor: {name: top-k, k: 5}, gossip_step: 0.05"},
        OnGraph{"{graph: random-matching, nodes: 6}",
                "name: deepsqueeze, compressor: scaled-sign, gossip_step: 0.02"},
        OnGraph{kPath, "name: dsgt"}, OnGraph{"{graph: random-matching, nodes: 8}", "name: dsgt"},
        OnGraph{kRing, "name: beer, compressor: {name: top-k, k: 3}, gossip_step: 0.1"},
        OnGraph{kPath, "name: beer, compressor: {name: uniform, bits: 4}, gossip_step: 0.3"},
        OnGraph{kRing, "name: docom, compressor: {name: top-k, k: 4}, gossip_step: 0.2"},
        OnGraph{kPath, "name: d2"}, OnGraph{kRing, "name: exact-diffusion"},
        OnGraph{"{graph: directed-exponential, nodes: 6}", "name: sgp"}));

TEST_P(MeanOfTheModels, DescendsAsIfThereWereOneNode) {
  constexpr std::size_t kDimension = 10;
  constexpr double kRate = 0.1;
  constexpr Round kRounds = 60;
  const Experiment experiment = experiment_of(
      fmt::format("topology: {}\nobjective: {{model: quadratic, dimension: {}}}\n"
                  "algorithm: {{{}, learning_rate: {}}}\nrun: {{rounds: {}}}\n",
                  GetParam().topology, kDimension, GetParam().algorithm, kRate, kRounds));
  Cluster cluster(experiment);
  const auto& objective =
      dynamic_cast<const QuadraticObjective&>(cluster.node(0).problem->objective());
  const std::vector<double> optimum = objective.optimum();
  std::vector<double> expected(kDimension, 0.0);
  for (Round t = 1; t <= kRounds; ++t) {
    // BEER steps with the tracker of the round before; its first one is of x_0 as well.
    for (std::size_t j = 0; j < kDimension; ++j)
      expected[j] -= kRate * objective.curvature()[j] * (expected[j] - optimum[j]);
    cluster.run_to(t);
    for (std::size_t j = 0; j < kDimension; ++j) {
      double mean = 0.0;
      for (NodeId i = 0; i < cluster.size(); ++i)
        mean += static_cast<double>(cluster.model(i)[j]) / static_cast<double>(cluster.size());
      ASSERT_NEAR(mean, expected[j], 2e-5) << "round " << t << ", coordinate " << j;
    }
  }
}

// --- Unlike nodes ---

// Rows sorted by label give the nodes objectives of different optima and different curvature.
Recorder train_on_unlike_nodes(const std::string& topology, const std::string& algorithm) {
  return run(fmt::format(
      "topology: {}\n"
      "objective: {{model: least-squares, lambda: 0.1, partition: label-sorted,\n"
      "            data: {{name: synthetic, rows: 240, features: 8, classes: 2}}}}\n"
      "algorithm: {{{}, learning_rate: 0.02}}\nrun: {{rounds: 6000, evaluate_every: 6000}}\n",
      topology, algorithm));
}

TEST(UnlikeNodes, KeepDpsgdOffTheOptimum) {
  const MetricsRow last = train_on_unlike_nodes(kRing, "name: dpsgd").last();
  EXPECT_GT(*last.grad_norm, 2e-3);
  EXPECT_GT(*last.consensus_error, 1e-4);
}

class UnlikeNodes : public ::testing::TestWithParam<OnGraph> {};

INSTANTIATE_TEST_SUITE_P(
    Graphs, UnlikeNodes,
    ::testing::Values(
        OnGraph{kRing, "name: dsgt"}, OnGraph{"{graph: base, nodes: 6}", "name: dsgt"},
        OnGraph{kRing, "name: exact-diffusion"},
        OnGraph{"{graph: ring, nodes: 6, mixing: lazy-metropolis}", "name: d2"},
        OnGraph{kRing, "name: beer, compressor: {name: top-k, k: 2}, gossip_step: 0.1"},
        OnGraph{kRing, "name: beer, compressor: scaled-sign, gossip_step: 0.1"},
        OnGraph{kRing, "name: docom, beta: 1, compressor: {name: top-k, k: 2}, gossip_step: 0.1"}));

TEST_P(UnlikeNodes, DoNotKeepTrackingAndCorrectionsOffTheOptimum) {
  const Recorder recorder = train_on_unlike_nodes(GetParam().topology, GetParam().algorithm);
  // What float32 leaves of the gradients of unlike nodes, whose mean is zero but who are not.
  EXPECT_LT(*recorder.last().grad_norm, 2e-5 * *recorder.row(0).grad_norm);
  EXPECT_LT(*recorder.last().consensus_error, 1e-9);
}

// --- D2's condition ---

TEST(D2, IsRefusedWhereItDiverges) {
  // The ring of eight with weights 1/3 has least eigenvalue -1/3, where the recursion just fails.
  EXPECT_THROW(train_on_unlike_nodes("{graph: ring, nodes: 8}", "name: d2"), ConfigError);
  EXPECT_NO_THROW(train_on_unlike_nodes("{graph: ring, nodes: 5}", "name: d2"));
}

}  // namespace
}  // namespace hearsay
