// Ctrl-C and its relatives: a run stops in order, or at once, and never leaves a process behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/tools/process.h"
#include "tests/tools/results.h"
#include "tests/tools/running.h"

namespace hearsay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kInterrupted = 130;

TEST(Signals, SigintToTheLauncherStopsAllNodesAfterTheSameRound) {
  EndlessRun run;
  ASSERT_THAT(run.started(), SizeIs(4));
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(), kInterrupted) << run.process().err();
  expect_orderly_end(run.out());
  EXPECT_THAT(run.process().out(), HasSubstr("stopped after "));
  EXPECT_TRUE(run.all_nodes_gone());
  EXPECT_THAT(run.sockets(), IsEmpty());
}

TEST(Signals, SigtermStopsLikeSigint) {
  EndlessRun run;
  ASSERT_THAT(run.started(), SizeIs(4));
  run.process().signal(SIGTERM);
  EXPECT_EQ(run.process().wait(), kInterrupted) << run.process().err();
  expect_orderly_end(run.out());
  EXPECT_TRUE(run.all_nodes_gone());
}

TEST(Signals, SigintToTheWholeGroupAsATerminalSendsItIsAnOrderlyStop) {
  EndlessRun run;
  ASSERT_THAT(run.started(), SizeIs(4));
  run.process().signal_group(SIGINT);
  EXPECT_EQ(run.process().wait(), kInterrupted) << run.process().err();
  expect_orderly_end(run.out());
  EXPECT_TRUE(run.all_nodes_gone());
}

TEST(Signals, AStarStopsAfterTheSameRoundAsWell) {
  EndlessRun run(
      {"--set", "algorithm={name: cd-adam, learning_rate: 0.01, compressor: scaled-sign}"},
      "graph: star, workers: 3");
  ASSERT_THAT(run.started(), SizeIs(4));
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(), kInterrupted) << run.process().err();
  expect_orderly_end(run.out());
}

TEST(Signals, ASecondSigintEndsTheRunAtOnce) {
  EndlessRun run;
  ASSERT_THAT(run.started(), SizeIs(4));
  // A stopped node keeps the orderly stop from coming to its end.
  kill(run.nodes().at(1).pid, SIGSTOP);
  run.process().signal(SIGINT);
  ASSERT_TRUE(eventually([&] { return !run.process().has_pending(SIGINT); }));
  EXPECT_THAT(run.process().children(), SizeIs(4)) << "the first one should have waited";
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(), kInterrupted);
  EXPECT_THAT(run.process().err(), HasSubstr("stopped at once by a second signal"));
  EXPECT_TRUE(run.all_nodes_gone());
  EXPECT_THAT(run.sockets(), IsEmpty());
}

TEST(Signals, KillingTheLauncherTakesItsNodesWithIt) {
  EndlessRun run;
  ASSERT_THAT(run.started(), SizeIs(4));
  run.process().signal(SIGKILL);
  EXPECT_EQ(run.process().wait(), 128 + SIGKILL);
  EXPECT_TRUE(run.all_nodes_gone());
}

TEST(Signals, KillingTheLauncherTakesStoppedNodesWithItToo) {
  EndlessRun run;
  ASSERT_THAT(run.started(), SizeIs(4));
  for (const ProcessId& node : run.nodes()) kill(node.pid, SIGSTOP);
  run.process().signal(SIGKILL);
  EXPECT_TRUE(run.all_nodes_gone());
}

TEST(Signals, TheMetricsOfAKilledRunAreWholeLines) {
  EndlessRun run;
  run.started();
  run.process().signal(SIGKILL);
  run.process().wait();
  const Table metrics = read_table(run.out() + "/metrics.csv");
  ASSERT_GE(metrics.size(), 4U);
  for (const auto& row : metrics) EXPECT_THAT(row, SizeIs(15));
}

TEST(Signals, TheSimulatorStopsInOrderToo) {
  EndlessRun run({"--simulate", "--threads", "2"});
  run.started();
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(), kInterrupted) << run.process().err();
  expect_orderly_end(run.out());
}

TEST(Signals, AStoppedRunIsThePrefixOfAFullOne) {
  EndlessRun run;
  run.started();
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(), kInterrupted) << run.process().err();
  const Table metrics = read_table(run.out() + "/metrics.csv");
  const TempDir dir;
  const Ended full = testing::run({"run", run.out() + "/config.yaml", "--simulate", "--out",
                                   dir / "full", "--set", "run.rounds=" + metrics.back().at(0)});
  ASSERT_EQ(full.status, 0) << full.err;
  EXPECT_EQ(without_seconds(metrics), without_seconds(read_table(dir / "full/metrics.csv")));
  EXPECT_EQ(read_file(run.out() + "/model.safetensors"), read_file(dir / "full/model.safetensors"));
}

}  // namespace
}  // namespace hearsay::testing
