// Asynchronous runs of real processes: work is shared out by speed, the bound holds, and runs stop,
// fail and go on without a lost node as those in lockstep do.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <map>
#include <string>

#include "tests/tools/process.h"
#include "tests/tools/results.h"
#include "tests/tools/running.h"

namespace hearsay::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string kChoco =
    "{name: async-choco-amsgrad, learning_rate: 0.01, compressor: {name: top-k, ratio: 0.05}, "
    "gossip_step: 0.1, max_staleness: 12}";
const std::string kAdPsgd = "{name: ad-psgd, learning_rate: 0.1, max_staleness: 12}";

class AsynchronousRun : public ::testing::TestWithParam<std::string> {
 protected:
  std::string write(const std::string& more, int rounds = 400) const {
    return dir_.write("run.yaml",
                      fmt::format("topology: {{graph: ring, nodes: 5}}\n"
                                  "objective: {{model: softmax, data: digits, batch: 16}}\n"
                                  "algorithm: {}\nrun: {{rounds: {}, evaluate_every: 100}}\n{}",
                                  GetParam(), rounds, more));
  }
  std::string out() const { return dir_ / "out"; }

  /// By node, in the last evaluation.
  std::map<int, double> epochs() const {
    std::map<int, double> result;
    for (const auto& row : read_table(out() + "/nodes.csv"))
      if (row.front() != "round") result[std::stoi(row.at(1))] = std::stod(row.at(2));
    return result;
  }

  void expect_sound_results(int evaluations = 5) const {
    EXPECT_THAT(read_table(out() + "/metrics.csv"), SizeIs(1 + evaluations));
    EXPECT_GT(last_metric(out(), "test_accuracy"), 0.9);
    EXPECT_LE(last_metric(out(), "most_stale"), 12.0);
    EXPECT_GT(last_metric(out(), "most_stale"), 0.0) << "nobody was ever late: is it measured?";
    EXPECT_LE(last_metric(out(), "staleness"), last_metric(out(), "most_stale"));
  }

  TempDir dir_;
};

INSTANTIATE_TEST_SUITE_P(Algorithms, AsynchronousRun, ::testing::Values(kChoco, kAdPsgd),
                         [](const auto& tested) {
                           return tested.param == kChoco ? "AsyncChocoAmsgrad" : "AdPsgd";
                         });

TEST_P(AsynchronousRun, ThatStragglesSharesOutTheWorkBySpeed) {
  const Ended ended = run(
      {"run", write("faults: {links: {delay: 0.0005}, stragglers: {2: 100}}\n"), "--out", out()});
  ASSERT_EQ(ended.status, 0) << ended.err;
  expect_sound_results();
  const auto by_node = epochs();
  ASSERT_THAT(by_node, SizeIs(5));
  constexpr std::array<double, 5> kRows = {287, 288, 287, 288, 288};
  double sum = 0.0;
  double rounds = 0.0;
  for (const auto& [node, epoch] : by_node) {
    sum += epoch;
    rounds += epoch * kRows.at(static_cast<std::size_t>(node)) / 16.0;
  }
  EXPECT_NEAR(rounds, 5 * 400.0, 0.01) << "no round more or less";
  // Of the others one may be slow as well, where the machine has something else to do.
  const double straggler = by_node.at(2);
  EXPECT_LT(straggler, (sum - straggler) / 4) << "the straggler makes fewer rounds";
}

TEST_P(AsynchronousRun, OverTcpWithoutFaults) {
  const Ended ended = run({"run", write("transport: {kind: tcp}\n"), "--out", out()});
  ASSERT_EQ(ended.status, 0) << ended.err;
  expect_sound_results();
}

TEST_P(AsynchronousRun, GoesOnWithoutALostNodeUnderReweight) {
  // A ring without one node is a path.
  Process launcher({"run", write("on_peer_loss: reweight\n", 3000), "--out", out()});
  ASSERT_TRUE(launcher.wait_for(Stream::err, "round 200/")) << launcher.err();
  const auto victim = process_of(launcher, 3);
  ASSERT_TRUE(victim);
  kill(victim->pid, SIGKILL);
  EXPECT_EQ(launcher.wait(), 0) << launcher.err();
  EXPECT_THAT(launcher.err(), HasSubstr("node 3"));
  EXPECT_GT(last_metric(out(), "test_accuracy"), 0.9);
}

TEST_P(AsynchronousRun, StopsAfterAFullRound) {
  EndlessRun run({"--set", "algorithm=" + GetParam()});
  ASSERT_THAT(run.started(), SizeIs(4));
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(), 130) << run.process().err();
  const Table metrics = read_table(run.out() + "/metrics.csv");
  ASSERT_GE(metrics.size(), 3U);
  const std::string round = metrics.back().front();
  EXPECT_NE(round, metrics.at(metrics.size() - 2).front());
  const std::string summary = read_file(run.out() + "/summary.json");
  EXPECT_THAT(summary, HasSubstr("\"rounds\": " + round + ","));
  EXPECT_THAT(summary, HasSubstr("\"interrupted\": true"));
  EXPECT_TRUE(run.all_nodes_gone());
}

TEST_P(AsynchronousRun, ADeadNodeEndsItUnderFail) {
  EndlessRun run({"--set", "algorithm=" + GetParam()});
  ASSERT_THAT(run.started(), SizeIs(4));
  kill(run.nodes().at(2).pid, SIGKILL);
  EXPECT_EQ(run.process().wait(), 1);
  EXPECT_THAT(run.process().err(), ContainsRegex("run failed: node 2 .process [0-9]+. was killed"));
  EXPECT_TRUE(run.all_nodes_gone());
}

TEST_P(AsynchronousRun, ANodeThatHangsIsNamedAtTheDeadline) {
  EndlessRun run(
      {"--set", "transport.round_deadline=" + kHangDeadline, "--set", "algorithm=" + GetParam()});
  ASSERT_THAT(run.started(), SizeIs(4));
  kill(run.nodes().at(1).pid, SIGSTOP);
  EXPECT_EQ(run.process().wait(), 1);
  EXPECT_THAT(run.process().err(), HasSubstr("node(s) 1"));
  EXPECT_TRUE(run.all_nodes_gone());
}

}  // namespace
}  // namespace hearsay::testing
