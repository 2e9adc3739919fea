#include "nodes/algorithms/powergossip.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/orthonormal.h"
#include "core/vector_ops.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

/// On digits: an mlp has matrices and vectors, softmax one matrix and one vector.
std::string config(const std::string& topology, const std::string& settings, int rounds) {
  return fmt::format(
      "topology: {}\n"
      "objective: {{model: mlp, hidden: [12], data: digits, partition: label-sorted}}\n"
      "algorithm: {{name: powergossip{}}}\nrun: {{rounds: {}, evaluate_every: 10}}\n",
      topology, settings, rounds);
}

class PowerGossipWith : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Settings, PowerGossipWith,
                         ::testing::Values("", ", iterations: 2", ", rank: 3, iterations: 3",
                                           ", rank: 2, local_steps: 1"));

// x_i moves by minus eta g_i, and what gossip adds to one end of an edge it takes off the other.
TEST_P(PowerGossipWith, KeepsTheMeanOfTheModels) {
  constexpr double kRate = 0.1;
  const Experiment experiment =
      experiment_of(config("{graph: erdos-renyi, nodes: 5, probability: 0.6}",
                           GetParam() + fmt::format(", learning_rate: {}", kRate), 20));
  Cluster cluster(experiment);
  const std::size_t d = experiment.dimension();
  Workspace work;
  Vector g(d);
  for (Round t = 1; t <= 20; ++t) {
    std::vector<double> expected(d, 0.0);
    for (NodeId i = 0; i < cluster.size(); ++i) {
      cluster.node(i).problem->full(cluster.model(i), g, work);
      accumulate(expected, 1.0, cluster.model(i));
      accumulate(expected, -kRate, g);
    }
    cluster.run_to(t);
    std::vector<double> sum(d, 0.0);
    for (NodeId i = 0; i < cluster.size(); ++i) accumulate(sum, 1.0, cluster.model(i));
    for (std::size_t j = 0; j < d; ++j) ASSERT_NEAR(sum[j], expected[j], 3e-6) << t << ", " << j;
  }
}

// A rate that all but vanishes after twenty rounds leaves gossip alone.
TEST_P(PowerGossipWith, BringsTheNodesTogetherLinearly) {
  const Recorder recorder = run(
      config("{graph: ring, nodes: 4}",
             std::string(GetParam()) + ", learning_rate: 0.1, schedule: {kind: step, unit: rounds, "
                                       "milestones: [20], factor: 1e-9}",
             420));
  EXPECT_GT(recorder.consensus_error(2), 1e-4);  // rounds 20, 50, 80
  EXPECT_LT(recorder.consensus_error(5), 0.1 * recorder.consensus_error(2));
  EXPECT_LT(recorder.consensus_error(8), std::max(1e-11, 0.1 * recorder.consensus_error(5)));
  EXPECT_LT(recorder.last().consensus_error, 1e-11);
}

TEST(PowerGossip, SendsOneColumnOfEachMatrixAndTheVectorsInFull) {
  // mlp 64-12-10: matrices 12 x 64 and 10 x 12 (from the right: 12 + 10 floats, from the left: 64 +
  // 12), vectors 12 + 10.
  const Experiment experiment =
      experiment_of(config("{graph: ring, nodes: 4}", ", learning_rate: 0.1", 2));
  const Recorder recorder = run(experiment);
  constexpr std::uint64_t kLinks = 8;
  EXPECT_EQ(recorder.last().ideal_bits, kLinks * 32 * ((12 + 10 + 22) + (64 + 12 + 22)));
}

TEST(OrthonormalColumns, AreOrthonormalOrZero) {
  std::vector<double> columns = {3, 0, 4, 1, 1, 1, 6, 0, 8};  // the third is twice the first
  EXPECT_TRUE(orthonormalize_column(columns, 3, 0));
  EXPECT_TRUE(orthonormalize_column(columns, 3, 1));
  EXPECT_FALSE(orthonormalize_column(columns, 3, 2));
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b) {
      double product = 0.0;
      for (std::size_t i = 0; i < 3; ++i)
        product += column(columns, 3, a)[i] * column(columns, 3, b)[i];
      EXPECT_NEAR(product, a == b && a < 2 ? 1.0 : 0.0, 1e-15) << a << ", " << b;
    }
}

}  // namespace
}  // namespace hearsay
