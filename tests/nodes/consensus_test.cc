// Theory and measurement: how fast gossip brings the nodes together.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

std::string gossip(const std::string& topology, const std::string& compressor,
                   const std::string& gossip_step, int rounds, int dimension = 200) {
  return fmt::format(
      "topology: {}\n"
      "objective: {{model: quadratic, dimension: {}}}\n"
      "algorithm: {{name: choco-gossip, compressor: {}, gossip_step: {}}}\n"
      "run: {{rounds: {}, evaluate_every: 1}}\n",
      topology, dimension, compressor, gossip_step, rounds);
}

struct Plain {
  const char* topology;
  int from, to;  // rounds: late enough for one eigenvalue to rule, early enough for float32
};

std::ostream& operator<<(std::ostream& out, const Plain& graph) {
  return out << graph.topology;
}

class PlainGossip : public ::testing::TestWithParam<Plain> {};

INSTANTIATE_TEST_SUITE_P(Graphs, PlainGossip,
                         ::testing::Values(Plain{"{graph: ring, nodes: 8}", 10, 25},
                                           Plain{"{graph: ring, nodes: 15}", 30, 80},
                                           Plain{"{graph: torus, nodes: 25}", 8, 18},
                                           Plain{"{graph: path, nodes: 6}", 30, 60},
                                           Plain{"{graph: star, nodes: 7}", 25, 60},
                                           Plain{"{graph: hypercube, nodes: 16}", 8, 16},
                                           Plain{"{graph: binary-tree, nodes: 7}", 40, 80}));

TEST_P(PlainGossip, ContractsTheConsensusErrorByTheSquareOfTheSecondEigenvalue) {
  const Plain& graph = GetParam();
  const Experiment experiment = experiment_of(gossip(graph.topology, "identity", "1", graph.to));
  const Recorder recorder = run(experiment);
  const double per_round =
      std::pow(recorder.consensus_error(static_cast<std::size_t>(graph.to)) /
                   recorder.consensus_error(static_cast<std::size_t>(graph.from)),
               1.0 / (graph.to - graph.from));
  const double lambda = experiment.network().spectrum.contraction();
  EXPECT_NEAR(per_round, lambda * lambda, 0.01 * lambda * lambda) << graph.topology;
}

TEST_P(PlainGossip, NeverContractsLessThanTheSpectrumPromises) {
  const Plain& graph = GetParam();
  const Experiment experiment = experiment_of(gossip(graph.topology, "identity", "1", graph.from));
  const Recorder recorder = run(experiment);
  const double lambda = experiment.network().spectrum.contraction();
  for (std::size_t t = 1; t < recorder.reports.size(); ++t)
    EXPECT_LE(recorder.consensus_error(t),
              1.0001 * lambda * lambda * recorder.consensus_error(t - 1))
        << t;
}

TEST(CompleteGraph, AgreesAfterOneRound) {
  const Recorder recorder = run(gossip("{graph: complete, nodes: 6}", "identity", "1", 1));
  EXPECT_GT(recorder.consensus_error(0), 100.0);
  EXPECT_LT(recorder.consensus_error(1), 1e-10);
}

TEST(Gossip, OfOneNodeKeepsItsModel) {
  const Recorder recorder = run(gossip("{graph: ring, nodes: 1}", "identity", "1", 3));
  for (std::size_t t = 0; t < recorder.reports.size(); ++t)
    EXPECT_EQ(recorder.consensus_error(t), 0.0);
  EXPECT_EQ(recorder.last().wire_bytes, 0U);
}

std::vector<double> mean_model(const Cluster& cluster, std::size_t dimension) {
  std::vector<double> mean(dimension, 0.0);
  for (NodeId id = 0; id < cluster.size(); ++id)
    for (std::size_t j = 0; j < dimension; ++j)
      mean[j] += static_cast<double>(cluster.model(id)[j]) / static_cast<double>(cluster.size());
  return mean;
}

class GossipWith : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Registry, GossipWith, ::testing::ValuesIn(compressor_catalogue().names()),
                         [](const auto& name) {
                           std::string text = name.param;
                           std::replace(text.begin(), text.end(), '-', '_');
                           return text;
                         });

TEST_P(GossipWith, PreservesTheMeanOfTheModelsInEveryRound) {
  const Experiment experiment =
      experiment_of(gossip("{graph: erdos-renyi, nodes: 9, probability: 0.4}",
                           compressor_settings(GetParam()), "0.1", 30, 40));
  Cluster cluster(experiment);
  const std::vector<double> start = mean_model(cluster, 40);
  for (Round t = 1; t <= 30; ++t) {
    cluster.run_to(t);
    const std::vector<double> mean = mean_model(cluster, 40);
    // x holds values of about 1 and takes one rounding a round.
    for (std::size_t j = 0; j < mean.size(); ++j)
      ASSERT_NEAR(mean[j], start[j], 1e-7 * static_cast<double>(t)) << "round " << t << ", " << j;
  }
}

TEST(Gossip, HoldsTheMeanInLongRunsToo) {
  constexpr Round kRounds = 20000;
  const Experiment experiment = experiment_of(
      gossip("{graph: ring, nodes: 6}", "{name: top-k, ratio: 0.2}", "0.3", kRounds, 20));
  Cluster cluster(experiment);
  const std::vector<double> start = mean_model(cluster, 20);
  cluster.run_to(kRounds);
  const std::vector<double> mean = mean_model(cluster, 20);
  // Less than half a unit in the last place of 1 a round.
  for (std::size_t j = 0; j < mean.size(); ++j)
    EXPECT_NEAR(mean[j], start[j], 3e-8 * static_cast<double>(kRounds));
}

struct Compressed {
  const char* compressor;
  const char* gossip_step;
  int rounds;
};

std::ostream& operator<<(std::ostream& out, const Compressed& with) {
  return out << with.compressor;
}

class CompressedGossip : public ::testing::TestWithParam<Compressed> {};

INSTANTIATE_TEST_SUITE_P(
    Compressors, CompressedGossip,
    ::testing::Values(Compressed{"{name: top-k, ratio: 0.1}", "auto", 240},
                      Compressed{"{name: random-k, ratio: 0.25}", "auto", 240},
                      // auto is quicker at first, and then slows down
                      Compressed{"scaled-sign", "0.05", 240},
                      Compressed{"{name: uniform, bits: 4}", "auto", 40},
                      Compressed{"qsgd", "auto", 80}, Compressed{"natural", "auto", 40},
                      Compressed{"terngrad", "auto", 320},
                      Compressed{"{name: top-k-quantized, ratio: 0.1}", "auto", 240}));

TEST_P(CompressedGossip, ConvergesLinearly) {
  const Recorder recorder = run(gossip("{graph: ring, nodes: 8}", GetParam().compressor,
                                       GetParam().gossip_step, GetParam().rounds));
  // Four windows, each of which at least halves the error: no plateau.
  const auto quarter = static_cast<std::size_t>(GetParam().rounds / 4);
  for (std::size_t t = quarter; t < recorder.reports.size(); t += quarter)
    EXPECT_LT(recorder.consensus_error(t), 0.5 * recorder.consensus_error(t - quarter)) << t;
}

TEST(ConsensusOnlyRuns, LeaveTheColumnsOfLossesEmpty) {
  const Recorder recorder = run(gossip("{graph: ring, nodes: 4}", "identity", "1", 2));
  for (const EvaluationReport& report : recorder.reports) {
    EXPECT_FALSE(report.row.epoch);
    EXPECT_FALSE(report.row.train_loss);
    EXPECT_FALSE(report.row.grad_norm);
    EXPECT_FALSE(report.row.test_accuracy);
    EXPECT_TRUE(report.row.consensus_error);
  }
}

std::string averaging(const std::string& topology, const std::string& algorithm, int rounds) {
  return fmt::format(
      "topology: {}\nobjective: {{model: quadratic, dimension: 100}}\nalgorithm: {{{}}}\n"
      "run: {{rounds: {}, evaluate_every: 1}}\n",
      topology, algorithm, rounds);
}

TEST(FiniteTimeGraphs, AverageExactlyAfterOnePeriod) {
  for (const char* topology :
       {"{graph: one-peer-exponential, nodes: 16}", "{graph: base, nodes: 11}",
        "{graph: base, nodes: 23, max_degree: 3}", "{graph: base, nodes: 12, max_degree: 2}"}) {
    const Experiment experiment = experiment_of(averaging(topology, "name: gossip", 12));
    const Recorder recorder = run(experiment);
    const std::size_t period = experiment.network().mixing.period();
    ASSERT_LE(period, 12U);
    // float32 keeps 24 bits of each coordinate: (2^-24)^2 of the start, times a few.
    EXPECT_LT(recorder.consensus_error(period), 1e-12 * recorder.consensus_error(0)) << topology;
    EXPECT_GT(recorder.consensus_error(period - 1), 1e-6 * recorder.consensus_error(0)) << topology;
  }
}

TEST(RandomMatchings, HalveTheConsensusErrorInARound) {
  // A matched pair averages: of n - 1 degrees of freedom about half go in every round.
  const Recorder recorder =
      run(averaging("{graph: random-matching, nodes: 64}", "name: gossip", 20));
  const double per_round =
      std::pow(recorder.consensus_error(20) / recorder.consensus_error(0), 1.0 / 20.0);
  EXPECT_NEAR(per_round, 0.5, 0.02);
}

// Koloskova, Stich, Jaggi 2019, Figure 2: gossip of compressed differences converges linearly,
// gossip of compressed models stalls at the noise of its compressor.
TEST(ChocoGossip, ConvergesLinearlyWhereNaiveCompressedGossipStalls) {
  const std::string ring = "{graph: ring, nodes: 9}";
  for (const auto& [compressor, window] :
       {std::pair{"{name: uniform, bits: 4}", 60U}, std::pair{"scaled-sign", 300U}}) {
    const std::string with = fmt::format("compressor: {}, gossip_step: 0.3", compressor);
    const Recorder choco = run(averaging(ring, "name: choco-gossip, " + with, 900));
    const Recorder naive = run(averaging(ring, "name: gossip, " + with, 900));
    for (std::size_t t = window; t <= 3 * window; t += window)
      EXPECT_LT(choco.consensus_error(t), 1e-2 * choco.consensus_error(t - window)) << compressor;
    EXPECT_LT(choco.consensus_error(900), 1e-9 * choco.consensus_error(0)) << compressor;
    EXPECT_GT(naive.consensus_error(900), 1e-5 * naive.consensus_error(0)) << compressor;
    EXPECT_GT(naive.consensus_error(900), 0.2 * naive.consensus_error(450)) << compressor;
  }
}

}  // namespace
}  // namespace hearsay
