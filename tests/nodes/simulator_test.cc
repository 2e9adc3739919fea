#include "nodes/simulator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

const char* const kRing =
    "topology: {graph: ring, nodes: 10}\n"
    "objective: {model: softmax, batch: 4, data: {name: synthetic, rows: 200, features: 5, "
    "classes: 3, test_rows: 30}}\n"
    "algorithm: {name: choco-amsgrad, learning_rate: 0.05, compressor: {name: random-k, ratio: "
    "0.3}, gossip_step: 0.2}\n"
    "run: {rounds: 25, evaluate_every: 10}\n";

const char* const kStar =
    "topology: {graph: star, workers: 9}\n"
    "objective: {model: softmax, batch: 4, data: {name: synthetic, rows: 200, features: 5, "
    "classes: 3, test_rows: 30}}\n"
    "algorithm: {name: cd-adam, learning_rate: 0.05, compressor: scaled-sign}\n"
    "run: {rounds: 25, evaluate_every: 10}\n";

class Simulator : public ::testing::TestWithParam<const char*> {
 protected:
  const Experiment experiment = experiment_of(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Networks, Simulator, ::testing::Values(kRing, kStar));

TEST_P(Simulator, GivesTheSameRowsWithAnyNumberOfThreads) {
  const Recorder one = run(experiment, 1);
  ASSERT_EQ(one.reports.size(), 4U);
  for (const std::size_t threads : {2, 3, 7, 16}) {
    const Recorder several = run(experiment, threads);
    EXPECT_EQ(timeless_rows(several), timeless_rows(one)) << threads;
    EXPECT_EQ(bits_of(several.end->model), bits_of(one.end->model)) << threads;
  }
}

TEST_P(Simulator, WalksTheTrajectoryOfTheNodes) {
  const Recorder recorder = run(experiment, 2);
  Cluster cluster(experiment);
  Stream order = stream_of(1);
  cluster.run_to(25, order);
  Evaluation evaluation = experiment.make_evaluation(25);
  const Network& network = experiment.network();
  for (NodeId part = 0; part < network.parts(); ++part)
    evaluation.add_model(cluster.model(network.holder_of(part)));
  const Vector mean = evaluation.mean();
  EXPECT_EQ(bits_of(recorder.end->model), bits_of(mean));
}

TEST_P(Simulator, EvaluatesAtTheStartEveryFewRoundsAndAtTheEnd) {
  const Recorder recorder = run(experiment);
  std::vector<Round> rounds;
  for (const EvaluationReport& report : recorder.reports) rounds.push_back(report.row.round);
  EXPECT_EQ(rounds, (std::vector<Round>{0, 10, 20, 25}));
  EXPECT_EQ(recorder.progress.size(), 25U);
  EXPECT_EQ(recorder.progress.back().wire_bytes, recorder.last().wire_bytes);
}

TEST_P(Simulator, ReportsWhatEachNodeFound) {
  const Recorder recorder = run(experiment);
  const Network& network = experiment.network();
  for (const EvaluationReport& report : recorder.reports) {
    ASSERT_EQ(report.offers.size(), network.nodes());
    ASSERT_EQ(report.results.size(), network.nodes());
    std::uint64_t bytes = 0;
    double loss = 0.0;
    for (NodeId id = 0; id < network.nodes(); ++id) {
      bytes += report.offers[id].wire_bytes;
      EXPECT_EQ(report.results[id].has_value(), !network.is_server(id));
      if (report.results[id]) loss += report.results[id]->loss;
    }
    EXPECT_EQ(bytes, report.row.wire_bytes);
    EXPECT_NEAR(loss / static_cast<double>(network.parts()), *report.row.train_loss, 1e-12);
  }
}

TEST_P(Simulator, TrafficOfTheEndAddsUpToTheLastRow) {
  const Recorder recorder = run(experiment);
  std::uint64_t bytes = 0;
  std::uint64_t bits = 0;
  for (const auto& links : recorder.end->traffic)
    for (const LinkTraffic& link : links) {
      bytes += link.wire_bytes;
      bits += link.ideal_bits;
    }
  EXPECT_EQ(bytes, recorder.last().wire_bytes);
  EXPECT_EQ(bits, recorder.last().ideal_bits);
}

/// Asks for a stop when a round is over, as a signal handler would.
struct Stopper : Recorder {
  explicit Stopper(Round t) : stop_at(t) {}
  void on_progress(const Progress& now) override {
    Recorder::on_progress(now);
    if (now.round == stop_at) stop = true;
  }
  Round stop_at;
  std::atomic<bool> stop = false;
};

TEST_P(Simulator, StopsInOrderAfterTheRoundThatRuns) {
  const Recorder whole = run(experiment);
  for (const Round t : {7, 10}) {
    Stopper stopper(t);
    simulate(experiment, 2, stopper.stop, stopper);
    ASSERT_TRUE(stopper.end);
    EXPECT_TRUE(stopper.end->interrupted);
    EXPECT_EQ(stopper.end->round, t);
    EXPECT_EQ(stopper.last().round, t);  // evaluated where it stopped, and only once
    EXPECT_EQ(stopper.reports.size(), 2U);
    EXPECT_EQ(timeless_rows(stopper).front(), timeless_rows(whole).front());
  }
}

TEST_P(Simulator, AllNodesAreInTheSameRoundWhenItIsOver) {
  struct Watcher : Recorder {
    explicit Watcher(std::size_t count) : nodes(count) {}
    void on_tick(const NodeWatch& watch) override {
      watch.look(nodes);
      for (const NodeStatus& node : nodes) {
        EXPECT_EQ(node.state, NodeState::running);
        EXPECT_EQ(node.round, progress.back().round);
        EXPECT_EQ(node.behind, 0U);
      }
      ++looks;
    }
    std::vector<NodeStatus> nodes;
    Round looks = 0;
  } watcher(experiment.network().nodes());
  const std::atomic<bool> stop = false;
  simulate(experiment, 2, stop, watcher);
  EXPECT_EQ(watcher.looks, experiment.rounds());
}

TEST_P(Simulator, StoppedBeforeItStartsReportsRoundZero) {
  Stopper stopper(0);
  stopper.stop = true;
  simulate(experiment, 1, stopper.stop, stopper);
  EXPECT_EQ(stopper.end->round, 0U);
  EXPECT_EQ(stopper.reports.size(), 1U);
}

TEST(SimulatorOfADivergingRun, NamesTheNodeAndTheRound) {
  const Experiment experiment = experiment_of(
      "topology: {graph: ring, nodes: 4}\n"
      "objective: {model: quadratic, dimension: 5}\n"
      "algorithm: {name: choco-sgd, learning_rate: 1e+20, compressor: identity, gossip_step: 1}\n"
      "run: {rounds: 50}\n");
  for (const std::size_t threads : {1, 3}) {
    const std::string message = message_of<RunFailed>([&] { run(experiment, threads); });
    EXPECT_THAT(message,
                AllOf(HasSubstr("node "), HasSubstr(" failed in round "), HasSubstr("diverged")));
  }
}

}  // namespace
}  // namespace hearsay
