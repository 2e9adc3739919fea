// Nodes that die, hang, diverge or cannot start: the run ends with status 1 and a message that says
// which node it was and what happened to it, and every process is gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/tools/ports.h"
#include "tests/tools/process.h"
#include "tests/tools/results.h"
#include "tests/tools/running.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kFailed = 1;

TEST(Faults, AKilledNodeIsNamedWithItsSignalAndItsLastLines) {
  EndlessRun run;
  ASSERT_THAT(run.started(), SizeIs(4));
  const ProcessId victim = run.nodes().at(2);
  kill(victim.pid, SIGKILL);
  EXPECT_EQ(run.process().wait(), kFailed);
  EXPECT_THAT(run.process().err(),
              AllOf(HasSubstr("run failed: node 2 (process " + std::to_string(victim.pid) +
                              ") was killed by signal 9 (Killed) after round "),
                    HasSubstr("last lines of " + run.out() + "/logs/node-002.log:\n"),
                    HasSubstr("info: node 2 has greeted its 2 neighbours")));
  EXPECT_THAT(run.process().out(), IsEmpty());
  EXPECT_TRUE(run.all_nodes_gone());
  EXPECT_THAT(run.sockets(), IsEmpty());
  EXPECT_GE(read_table(run.out() + "/metrics.csv").size(), 3U) << "what there was is kept";
}

TEST(Faults, ANodeKilledByAnotherSignalIsNamedWithIt) {
  EndlessRun run;
  ASSERT_THAT(run.started(), SizeIs(4));
  kill(run.nodes().at(0).pid, SIGTERM);
  EXPECT_EQ(run.process().wait(), kFailed);
  EXPECT_THAT(
      run.process().err(),
      ContainsRegex("node 0 .process [0-9]+. was killed by signal 15 .Terminated. after round"));
  EXPECT_TRUE(run.all_nodes_gone());
}

TEST(Faults, AKilledServerIsNamed) {
  EndlessRun run(
      {"--set", "algorithm={name: spars-ams, learning_rate: 0.01, compressor: scaled-sign}"},
      "graph: star, workers: 3");
  ASSERT_THAT(run.started(), SizeIs(4));
  kill(run.nodes().at(0).pid, SIGKILL);
  EXPECT_EQ(run.process().wait(), kFailed);
  EXPECT_THAT(run.process().err(), ContainsRegex("node 0 .process [0-9]+. was killed by signal 9"));
  EXPECT_TRUE(run.all_nodes_gone());
}

class Hanging : public ::testing::TestWithParam<std::string> {};

TEST_P(Hanging, NodeIsNamedAtTheRoundDeadline) {
  // Everybody waits for somebody soon, but only its neighbours for the one that hangs.
  const std::string algorithm = GetParam().find("workers") == std::string::npos
                                    ? "{name: dpsgd, learning_rate: 0.01}"
                                    : "{name: dist-amsgrad, learning_rate: 0.01}";
  EndlessRun run(
      {"--set", "transport.round_deadline=" + kHangDeadline, "--set", "algorithm=" + algorithm},
      GetParam());
  const std::size_t nodes = run.started().size();
  ASSERT_GE(nodes, 4U);
  kill(run.nodes().at(3).pid, SIGSTOP);
  EXPECT_EQ(run.process().wait(), kFailed);
  EXPECT_THAT(run.process().err(),
              ContainsRegex("waited " + kHangDeadline +
                            " s in (round|the evaluation after round) [0-9]+ for node.s. 3\n"));
  EXPECT_TRUE(run.all_nodes_gone()) << "also the one that cannot hear SIGTERM";
}

INSTANTIATE_TEST_SUITE_P(Faults, Hanging,
                         ::testing::Values("graph: ring, nodes: 7", "graph: complete, nodes: 4",
                                           "graph: path, nodes: 8", "graph: star, workers: 4"));

TEST(Faults, ANodeThatHangsInAnEvaluationIsNamed) {
  // An evaluation after every round, so that most of the time is spent in them.
  EndlessRun run(
      {"--set", "transport.round_deadline=" + kHangDeadline, "--set", "run.evaluate_every=1"});
  ASSERT_THAT(run.started(), SizeIs(4));
  kill(run.nodes().at(1).pid, SIGSTOP);
  EXPECT_EQ(run.process().wait(), kFailed);
  EXPECT_THAT(run.process().err(),
              ContainsRegex("waited " + kHangDeadline +
                            " s in (round|the evaluation after round) [0-9]+ for node.s. 1\n"));
  EXPECT_TRUE(run.all_nodes_gone());
}

TEST(Faults, AnOccupiedPortIsNamedWithTheNodeAndTheAddress) {
  const int port = free_ports(4);
  const Occupied occupied(port + 2);
  ASSERT_TRUE(occupied.good());
  EndlessRun run({"--set", "transport.base_port=" + std::to_string(port)});
  EXPECT_EQ(run.process().wait(), kFailed);
  EXPECT_THAT(run.process().err(),
              HasSubstr("node 2 failed before round 1: cannot listen on tcp://127.0.0.1:" +
                        std::to_string(port + 2) + ": Address already in use"));
}

class Diverging : public ::testing::TestWithParam<std::string> {
 protected:
  static Ended run_diverging(const std::string& algorithm, const Arguments& more) {
    const TempDir dir;
    const std::string config = dir.write("diverging.yaml",
                                         "topology: {graph: ring, nodes: 4}\n"
                                         "objective: {model: quadratic, dimension: 20}\n"
                                         "algorithm: {" +
                                             algorithm +
                                             ", learning_rate: 1e30}\n"
                                             "run: {rounds: 50}\n");
    Arguments arguments = {"run", config, "--out", dir / "out"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
};

TEST_P(Diverging, EndsTheProcessesAndSaysSo) {
  const Ended ended = run_diverging(GetParam(), {});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_THAT(ended.err,
              AllOf(ContainsRegex("run failed: node [0-3] failed in round [1-9]"),
                    HasSubstr("the run has diverged: "),
                    ContainsRegex("at entry [0-9]+ of tensor \"x\""), HasSubstr("last lines of "),
                    ContainsRegex("node [0-3] failed in round [0-9]+: the run has")));
}

TEST_P(Diverging, EndsTheSimulatorAndSaysSo) {
  const Ended ended = run_diverging(GetParam(), {"--simulate"});
  EXPECT_EQ(ended.status, kFailed);
  EXPECT_THAT(ended.err, AllOf(ContainsRegex("run failed: node [0-3] failed in round [1-9]"),
                               HasSubstr("the run has diverged: "),
                               ContainsRegex("at entry [0-9]+ of tensor \"x\"")));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, Diverging,
    ::testing::Values("name: dpsgd",
                      "name: choco-sgd, gossip_step: 0.3, compressor: {name: top-k, "
                      "ratio: 0.5}"));

}  // namespace
}  // namespace hearsay::testing
