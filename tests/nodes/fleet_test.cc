#include "nodes/fleet.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/simulator.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

std::string averaging(const std::string& topology, std::size_t dimension,
                      const std::string& algorithm = "name: gossip") {
  return fmt::format(
      "topology: {{{}}}\nobjective: {{model: quadratic, dimension: {}}}\nalgorithm: {{{}}}\n"
      "run: {{rounds: 11, evaluate_every: 4}}\n",
      topology, dimension, algorithm);
}

std::vector<Node> nodes_of(const Experiment& experiment) {
  std::vector<Node> nodes;
  for (NodeId id = 0; id < experiment.network().nodes(); ++id)
    nodes.push_back(experiment.make_node(id));
  return nodes;
}

class Fleets : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(
    Averaging, Fleets,
    ::testing::Values(averaging("graph: ring, nodes: 7", 1),
                      averaging("graph: ring, nodes: 12", 100, "name: gossip, gossip_step: 0.37"),
                      averaging("graph: random-regular, degree: 4, nodes: 40", 17),
                      averaging("graph: erdos-renyi, nodes: 23, probability: 0.3", 333),
                      averaging("graph: star, nodes: 300", 2000),  // several blocks
                      averaging("graph: one-peer-exponential, nodes: 8", 50)));

// The nodes with their engines and messages are what the fleet has to equal, with its traffic,
// sequence numbers and all.
TEST_P(Fleets, LeaveTheNodesAsTheirEnginesWouldHave) {
  const Experiment experiment = experiment_of(GetParam());
  for (const std::size_t threads : {1, 2, 3}) {
    Cluster engines(experiment);
    std::vector<Node> nodes = nodes_of(experiment);
    ThreadPool pool(threads);
    const auto fleet = Fleet::of(nodes, pool);
    ASSERT_NE(fleet, nullptr);
    std::uint64_t settled = 0;
    for (const Round t : {1, 2, 7, 11}) {
      while (fleet->round() < t) EXPECT_TRUE(fleet->run_round());
      engines.run_to(t);
      std::uint64_t bytes = 0;
      for (NodeId id = 0; id < nodes.size(); ++id) bytes += engines.engine(id).wire_bytes();
      EXPECT_EQ(settled + fleet->unsettled_wire_bytes(), bytes) << t;
      fleet->settle();
      EXPECT_EQ(fleet->unsettled_wire_bytes(), 0U);
      settled = bytes;
      for (NodeId id = 0; id < nodes.size(); ++id) {
        ASSERT_EQ(difference(saved(nodes[id]), saved(engines.node(id))), "")
            << id << " after round " << t;
      }
    }
  }
}

TEST_P(Fleets, GiveTheRowsOfTheEnginesInARun) {
  const Experiment alone = experiment_of(GetParam());
  // Whoever times every message needs it; what it says of time is all that differs.
  const Experiment timed = experiment_of(GetParam() + "faults: {compute: 0.001}\n");
  const Recorder messages = run(timed);
  for (const std::size_t threads : {1, 2, 3}) {
    const Recorder fleet = run(alone, threads);
    EXPECT_EQ(timeless_rows(fleet), timeless_rows(messages)) << threads;
    EXPECT_EQ(bits_of(fleet.end->model), bits_of(messages.end->model)) << threads;
    ASSERT_EQ(fleet.progress.size(), messages.progress.size());
    for (std::size_t k = 0; k < fleet.progress.size(); ++k)
      EXPECT_EQ(fleet.progress[k].wire_bytes, messages.progress[k].wire_bytes);
  }
}

TEST(Fleet, IsForPlainAveragingAlone) {
  ThreadPool pool(1);
  for (const char* algorithm : {"name: gossip, compressor: {name: top-k, ratio: 1.0}",
                                "name: choco-gossip, compressor: "
                                "identity, gossip_step: 0.5",
                                "name: dpsgd, learning_rate: 0.1"}) {
    const Experiment experiment = experiment_of(averaging("graph: ring, nodes: 4", 6, algorithm));
    std::vector<Node> nodes = nodes_of(experiment);
    EXPECT_EQ(Fleet::of(nodes, pool), nullptr) << algorithm;
  }
}

TEST(Fleet, GoesOnFromTheRoundThatItsNodesStandAt) {
  const Experiment experiment = experiment_of(averaging("graph: ring, nodes: 5", 33));
  Cluster engines(experiment);
  engines.run_to(3);
  std::vector<Node> nodes = nodes_of(experiment);
  ThreadPool pool(2);
  for (NodeId id = 0; id < nodes.size(); ++id) copy_state(engines.node(id), nodes[id]);
  const auto fleet = Fleet::of(nodes, pool);
  EXPECT_EQ(fleet->round(), 3U);
  fleet->run_round();
  fleet->settle();
  engines.run_to(4);
  for (NodeId id = 0; id < nodes.size(); ++id) {
    EXPECT_EQ(bits_of(nodes[id].engine->algorithm().model()), bits_of(engines.model(id)));
    EXPECT_EQ(nodes[id].engine->wire_bytes(), engines.engine(id).wire_bytes());
  }
}

TEST(Fleet, EndsARunThatDivergesAsTheEnginesDo) {
  const std::string yaml =
      averaging("graph: ring, nodes: 6", 40, "name: gossip, gossip_step: 1e20");
  const auto failure = [](const Experiment& experiment) -> std::string {
    try {
      run(experiment);
    } catch (const RunFailed& failed) {
      return failed.what();
    }
    return "";
  };
  const std::string with_messages = failure(experiment_of(yaml + "faults: {compute: 0.001}\n"));
  EXPECT_THAT(with_messages, ::testing::HasSubstr("failed in round"));
  EXPECT_EQ(failure(experiment_of(yaml)), with_messages);
}

}  // namespace
}  // namespace hearsay
