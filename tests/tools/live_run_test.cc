// The rates and states that the live view is fed with, at times of the test's choice.
#include "tools/live_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace hearsay {
namespace {

using std::chrono::milliseconds;

/// Nodes that say what the test says.
struct Nodes final : NodeWatch {
  std::vector<NodeStatus> status;

  void look(std::span<NodeStatus> nodes) const override {
    std::copy(status.begin(), status.end(), nodes.begin());
  }
};

MetricsRow row_of(Round round, double loss) {
  MetricsRow row;
  row.round = round;
  row.train_loss = loss;
  row.wire_bytes = round * 10;
  return row;
}

class Live : public ::testing::Test {
 protected:
  LiveRun::Time at(int ms) const { return LiveRun::Time{} + milliseconds(ms); }

  LiveRun run_{"run", 1000, 2, true, at(0)};
};

TEST_F(Live, TellsTheRatesOfTheLastSeconds) {
  run_.on_evaluation(row_of(0, 2.0), at(5000));  // whatever the start has taken
  EXPECT_FALSE(run_.at(at(5000)).rounds_per_second.has_value());
  run_.on_progress({.round = 100, .wire_bytes = 4000});
  const LiveState& state = run_.at(at(7000));
  EXPECT_DOUBLE_EQ(state.seconds, 2.0);
  EXPECT_DOUBLE_EQ(state.rounds_per_second.value(), 50.0);
  EXPECT_DOUBLE_EQ(state.bytes_per_second.value(), 2000.0);
  EXPECT_DOUBLE_EQ(state.seconds_left.value(), 18.0);

  // Slower from then on: half a minute later nothing is left of the quick beginning.
  for (int second = 1; second <= 30; ++second) {
    run_.on_progress({.round = static_cast<Round>(100 + 10 * second), .wire_bytes = 4000});
    run_.at(at(7000 + 1000 * second));
  }
  EXPECT_DOUBLE_EQ(run_.at(at(37000)).rounds_per_second.value(), 10.0);
  EXPECT_DOUBLE_EQ(state.bytes_per_second.value(), 0.0);
}

TEST_F(Live, HasNoTimeLeftToTellWhenNothingMoves) {
  run_.on_evaluation(row_of(0, 2.0), at(0));
  run_.at(at(0));
  EXPECT_FALSE(run_.at(at(1000)).seconds_left.has_value());
}

TEST_F(Live, GoesBackToACheckpoint) {
  run_.on_evaluation(row_of(0, 2.0), at(0));
  run_.on_evaluation(row_of(100, 1.0), at(1000));
  run_.on_evaluation(row_of(200, 0.5), at(2000));
  run_.on_restore(150, {row_of(0, 2.0), row_of(100, 1.0)}, at(3000));
  const LiveState& state = run_.at(at(3000));
  EXPECT_EQ(state.round, 150U);
  EXPECT_EQ(state.wire_bytes, 1000U);
  EXPECT_EQ(state.last.value().round, 100U);
  EXPECT_EQ(state.loss.values(), (std::vector<double>{2.0, 1.0}));
  run_.on_progress({.round = 250, .wire_bytes = 2500});
  EXPECT_DOUBLE_EQ(run_.at(at(5000)).rounds_per_second.value(), 50.0);
}

TEST_F(Live, ANodeThatFallsSilentIsBehindByWhatOthersHaveDoneSince) {
  Nodes nodes;
  nodes.status = {{.state = NodeState::running, .round = 10},
                  {.state = NodeState::running, .round = 10}};
  run_.look(nodes, at(0));
  nodes.status[0].round = 50;
  run_.look(nodes, at(400));
  EXPECT_EQ(run_.at(at(400)).nodes[1].behind, 0U) << "it has just not spoken again";
  run_.look(nodes, at(1100));
  EXPECT_EQ(run_.at(at(1100)).nodes[1].behind, 40U);
  EXPECT_EQ(run_.at(at(1100)).nodes[0].behind, 0U);
  nodes.status[1].round = 49;
  nodes.status[1].behind = 3;  // as the collector has it
  run_.look(nodes, at(1200));
  EXPECT_EQ(run_.at(at(1200)).nodes[1].behind, 3U);
}

TEST_F(Live, AtTheEndAllAreDoneButWhoIsLost) {
  Nodes nodes;
  nodes.status = {{.state = NodeState::running, .round = 990, .behind = 5},
                  {.state = NodeState::lost, .round = 400}};
  run_.look(nodes, at(0));
  run_.on_evaluation(row_of(0, 2.0), at(0));
  run_.on_end(1000);
  const LiveState& state = run_.at(at(10));
  EXPECT_EQ(state.round, 1000U);
  EXPECT_EQ(state.nodes[0].state, NodeState::done);
  EXPECT_EQ(state.nodes[0].round, 1000U);
  EXPECT_EQ(state.nodes[0].behind, 0U);
  EXPECT_EQ(state.nodes[1].state, NodeState::lost);
  EXPECT_EQ(state.nodes[1].round, 400U);
  EXPECT_FALSE(state.seconds_left.has_value());
}

}  // namespace
}  // namespace hearsay
