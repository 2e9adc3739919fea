// Asynchronous algorithms: what they have in common with those in lockstep, that the bound on
// staleness holds whatever the network does, and what a straggler costs.
#include "nodes/asynchronous.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "core/vector_ops.h"
#include "nodes/config.h"
#include "nodes/simulator.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kChoco =
    "learning_rate: 0.01, compressor: {name: top-k, ratio: 0.05}, gossip_step: 0.15";
const std::string kAdPsgd = "name: ad-psgd, learning_rate: 0.1";

std::string on_ring(const std::string& algorithm, const std::string& more = "", int rounds = 60) {
  return fmt::format(
      "topology: {{graph: ring, nodes: 6}}\n"
      "objective: {{model: softmax, data: digits, partition: iid, batch: 16}}\n"
      "algorithm: {{{}}}\nrun: {{rounds: {}, evaluate_every: 20}}\n{}",
      algorithm, rounds, more);
}

std::string async_choco(Round bound) {
  return fmt::format("name: async-choco-amsgrad, max_staleness: {}, {}", bound, kChoco);
}

std::vector<std::string> rows_without_staleness(Recorder recorder) {
  for (EvaluationReport& report : recorder.reports) {
    report.row.health.staleness.reset();
    report.row.health.most_stale.reset();
  }
  return timeless_rows(recorder);
}

TEST(Asynchronous, NodesOfOneSpeedAreInLockstep) {
  const auto lockstep = timeless_rows(run(on_ring("name: choco-amsgrad, " + kChoco)));
  for (const Round bound : {0, 1, 8}) {
    const Recorder asynchronous = run(on_ring(async_choco(bound)));
    EXPECT_EQ(rows_without_staleness(asynchronous), lockstep) << "bound " << bound;
    EXPECT_EQ(asynchronous.last().health.most_stale, 0U);
  }
}

const std::string kStraggler =
    "faults: {compute: 0.01, links: {delay: 0.002, jitter: 0.003}, stragglers: {2: 10}}\n";

TEST(Asynchronous, AStragglerDoesNotHoldUpTheOthers) {
  const Recorder lockstep = run(on_ring("name: choco-amsgrad, " + kChoco, kStraggler, 300));
  EXPECT_NEAR(lockstep.last().seconds, 300 * 0.1, 0.5) << "all wait for node 2";
  for (const std::string& algorithm : {async_choco(16), kAdPsgd + ", max_staleness: 16"}) {
    const Recorder recorder = run(on_ring(algorithm, kStraggler, 300));
    // Five nodes and a tenth of one do the work of six, and evaluations wait for the last round of
    // node 2.
    EXPECT_LT(recorder.last().seconds, 300 * 0.01 * 6 / 5.1 + 16 * 0.1) << algorithm;
    EXPECT_GT(recorder.last().test_accuracy, 0.93) << algorithm;
    const auto& offers = recorder.reports.back().offers;
    EXPECT_LT(offers[2].epochs, offers[3].epochs / 5) << algorithm;
    double epochs = 0.0;
    for (const NodeOffer& offer : offers) epochs += offer.epochs;
    EXPECT_NEAR(epochs / 6, lockstep.last().epoch.value(), 0.1) << "the same work in all";
  }
}

TEST(Asynchronous, TheBoundIsReachedAndNotPassed) {
  // A straggler that is slower than the bound allows for holds the others up.
  double seconds = std::numeric_limits<double>::infinity();
  for (const Round bound : {0, 2, 4}) {
    for (const std::string& algorithm :
         {async_choco(bound), fmt::format("{}, max_staleness: {}", kAdPsgd, bound)}) {
      const Recorder recorder = run(on_ring(algorithm, kStraggler));
      EXPECT_EQ(recorder.last().health.most_stale, bound) << algorithm;
      EXPECT_LE(recorder.last().health.staleness, static_cast<double>(bound));
    }
    const double now = run(on_ring(async_choco(bound), kStraggler)).last().seconds;
    EXPECT_LT(now, seconds) << "a wider bound, less waiting: " << bound;
    seconds = now;
  }
}

TEST(Asynchronous, TheNumberOfThreadsChangesNothing) {
  for (const std::string& algorithm : {async_choco(3), kAdPsgd}) {
    const Experiment experiment = experiment_of(on_ring(algorithm, kStraggler));
    const Recorder alone = run(experiment, 1);
    for (const std::size_t threads : {2U, 3U, 7U}) {
      const Recorder together = run(experiment, threads);
      EXPECT_EQ(timeless_rows(together), timeless_rows(alone)) << algorithm;
      EXPECT_EQ(together.last().seconds, alone.last().seconds);
    }
  }
}

TEST(Asynchronous, AStopEndsWithAFullRound) {
  struct StopAtOnce : Recorder {
    std::atomic<bool> stop = false;
    void on_progress(const Progress& now) override {
      Recorder::on_progress(now);
      if (now.round >= 7) stop = true;
    }
  } recorder;
  simulate(experiment_of(on_ring(async_choco(4), kStraggler)), 1, recorder.stop, recorder);
  ASSERT_TRUE(recorder.end);
  EXPECT_TRUE(recorder.end->interrupted);
  EXPECT_EQ(recorder.end->round, 8U) << "the one that had begun";
  EXPECT_EQ(recorder.last().round, 8U);
}

TEST(Asynchronous, AStragglerIsSeenToBeBehind) {
  struct Watcher : Recorder {
    void on_tick(const NodeWatch& watch) override {
      watch.look(nodes);
      for (std::size_t id = 0; id < nodes.size(); ++id)
        most[id] = std::max(most[id], nodes[id].behind);
    }
    std::vector<NodeStatus> nodes;
    std::vector<Round> most;
  } watcher;
  const Experiment experiment = experiment_of(on_ring(kAdPsgd, kStraggler));
  watcher.nodes.resize(experiment.network().nodes());
  watcher.most.resize(experiment.network().nodes(), 0);
  const std::atomic<bool> stop = false;
  simulate(experiment, 1, stop, watcher);
  const auto slowest = std::max_element(watcher.most.begin(), watcher.most.end());
  EXPECT_EQ(slowest - watcher.most.begin(), 2);
  EXPECT_GT(*slowest, 1U);
}

TEST(Asynchronous, ThereIsNothingToResume) {
  const Experiment experiment = experiment_of(on_ring(kAdPsgd));
  const std::atomic<bool> stop = false;
  Recorder recorder;
  EXPECT_THROW(simulate(experiment, 1, stop, recorder, {.resume = true}), CheckpointError);
  EXPECT_THAT(recorder.reports, IsEmpty());
}

class Bounded : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Algorithms, Bounded, ::testing::Values("ad-psgd", "async-choco-amsgrad"),
                         [](const auto& algorithm) {
                           return algorithm.param == "ad-psgd" ? "AdPsgd" : "AsyncChocoAmsgrad";
                         });

std::string small(const std::string& algorithm, Round bound, const std::string& graph) {
  const std::string compressor =
      algorithm == "ad-psgd" ? "" : "compressor: {name: top-k, ratio: 0.3}, gossip_step: 0.2, ";
  return fmt::format(
      "topology: {{{}}}\nobjective: {{model: quadratic, dimension: 12, noise: 0.1}}\n"
      "algorithm: {{name: {}, {}learning_rate: 0.05, max_staleness: {}}}\nrun: {{rounds: 100}}\n",
      graph, algorithm, compressor, bound);
}

TEST_P(Bounded, InAnyOrderOfEverything) {
  for (const Round bound : {0, 1, 3, 20}) {
    for (const char* graph : {"graph: ring, nodes: 5", "graph: path, nodes: 2",
                              "graph: complete, nodes: 4", "graph: star, nodes: 5"}) {
      const Experiment experiment = experiment_of(small(GetParam(), bound, graph));
      for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        Cluster cluster(experiment);
        Stream order = stream_of(seed);
        cluster.run_to(40, order);  // throws where a frame is refused
        for (NodeId id = 0; id < cluster.size(); ++id) {
          const Staleness& staleness =
              std::as_const(cluster.engine(id)).algorithm().asynchronous()->staleness();
          EXPECT_LE(staleness.oldest, bound) << graph << ", seed " << seed << ", node " << id;
          EXPECT_TRUE(cluster.engine(id).round() == 40 || bound < 20)
              << "all get there when nobody is held up by one that is done";
        }
      }
    }
  }
}

TEST_P(Bounded, ANodeThatHearsNothingStandsStill) {
  const Experiment experiment = experiment_of(small(GetParam(), 5, "graph: path, nodes: 2"));
  const Node node = experiment.make_node(0);
  Workspace work;
  std::vector<Envelope> sent;
  for (Round t = 1; t <= 5; ++t) {
    node.engine->start_round(work, sent);
    EXPECT_TRUE(node.engine->end_round(work)) << "round " << t;
  }
  node.engine->start_round(work, sent);
  EXPECT_FALSE(node.engine->end_round(work));
  EXPECT_FALSE(node.engine->round_done());
  EXPECT_THAT(node.engine->waiting_for(), ElementsAre(1));
}

TEST_P(Bounded, RestoredNodesContinueBitForBit) {
  const Experiment experiment = experiment_of(small(GetParam(), 4, "graph: ring, nodes: 5"));
  Cluster undisturbed(experiment);
  undisturbed.run_to(5);
  const auto middle = undisturbed.states();
  undisturbed.run_to(9);
  Cluster fresh(experiment);
  fresh.restore(middle);
  fresh.run_to(9);
  EXPECT_EQ(difference(fresh.states(), undisturbed.states()), "");
}

/// Nodes of one path, 0 - 1, and frames from node 1 to node 0 that node 0 did not ask for.
class Refused : public ::testing::Test {
 protected:
  static Experiment pair(const std::string& algorithm) {
    return experiment_of(small(algorithm, 1, "graph: path, nodes: 2"));
  }
  static FrameHeader header(const Experiment& experiment, std::uint64_t sequence) {
    return {.digest = experiment.digest(), .from = 1, .to = 0, .round = 1, .sequence = sequence};
  }

  Workspace work;
  std::vector<Envelope> sent;
};

TEST_F(Refused, AnAnswerWithoutAQuestion) {
  const Experiment experiment = pair("ad-psgd");
  const Node asks = experiment.make_node(1);
  const Node node = experiment.make_node(0);
  asks.engine->start_round(work, sent);
  ASSERT_EQ(sent.size(), 1U);
  const Payload question = sent.front().payload;
  Bytes answer(question->begin(), question->end());
  answer.back() = std::byte{1};
  const auto take = [&](Bytes payload) {
    return node.engine->on_frame(header(experiment, 1),
                                 std::make_shared<const Bytes>(std::move(payload)), work, sent);
  };
  const Vector before(node.engine->algorithm().model().begin(),
                      node.engine->algorithm().model().end());
  EXPECT_EQ(take(answer), Refusal::bad_payload);
  answer.back() = std::byte{2};
  EXPECT_EQ(take(answer), Refusal::bad_payload) << "neither question nor answer";
  EXPECT_EQ(take({}), Refusal::bad_payload);
  EXPECT_THAT(node.engine->algorithm().model(), ::testing::ElementsAreArray(before));
  EXPECT_EQ(take({question->begin(), question->end()}), std::nullopt) << "the question itself";
}

TEST_F(Refused, MoreThanTheBoundLetsANeighbourSend) {
  const Experiment experiment = pair("async-choco-amsgrad");
  const Node asks = experiment.make_node(1);
  const Node node = experiment.make_node(0);
  asks.engine->start_round(work, sent);
  ASSERT_EQ(sent.size(), 1U);
  const Payload payload = sent.front().payload;
  std::uint64_t taken = 0;
  while (!node.engine->on_frame(header(experiment, taken + 1), payload, work, sent)) ++taken;
  EXPECT_EQ(taken, 9U) << "(bound + 2)^2";
}

TEST(AdPsgd, ExchangesKeepTheMeanAndBringTheModelsTogether) {
  // One step from which the nodes' models differ, then none that matters.
  const Experiment experiment = experiment_of(
      "topology: {graph: ring, nodes: 6}\n"
      "objective: {model: quadratic, dimension: 8, noise: 1.0}\n"
      "algorithm: {name: ad-psgd, learning_rate: 0.5, max_staleness: 3,\n"
      "  schedule: {kind: step, unit: rounds, milestones: [1], factor: 1e-12}}\n"
      "run: {rounds: 400}\n");
  const auto mean_and_spread = [](const Cluster& cluster) {
    Vector mean(8, 0.0F);
    for (NodeId id = 0; id < 6; ++id) add_scaled(mean, 1.0F / 6.0F, cluster.model(id));
    double spread = 0.0;
    for (NodeId id = 0; id < 6; ++id) spread += squared_distance(cluster.model(id), mean);
    return std::pair{mean, spread};
  };
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Cluster cluster(experiment);
    cluster.run_to(1);  // every exchange is over at the end of a step
    const auto [mean, spread] = mean_and_spread(cluster);
    ASSERT_GT(spread, 0.1);
    Stream order = stream_of(seed);
    cluster.run_to(400, order);
    const auto [after, left] = mean_and_spread(cluster);
    for (std::size_t k = 0; k < mean.size(); ++k) EXPECT_NEAR(after[k], mean[k], 1e-5);
    EXPECT_LT(left, 1e-6 * spread) << "seed " << seed;
  }
}

TEST(AdPsgd, TwoQuestionsAtOnceAreOneExchange) {
  const Experiment experiment = experiment_of(small("ad-psgd", 4, "graph: path, nodes: 2"));
  Cluster cluster(experiment);
  cluster.run_to(1);  // both ask each other
  EXPECT_LT(squared_distance(cluster.model(0), cluster.model(1)), 1e-10);
}

std::string error_of(const std::string& yaml) {
  try {
    experiment_of(yaml);
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST(Asynchronous, WhatNeedsARoundThatAllAreInIsRefused) {
  EXPECT_THAT(error_of(on_ring(kAdPsgd, "on_peer_loss: wait\n")),
              HasSubstr("on_peer_loss: found wait with ad-psgd, whose nodes are never all in the "
                        "same round; allowed are reweight and fail"));
  for (const char* key : {"every: 10", "seconds: 2"})
    EXPECT_THAT(error_of(on_ring(async_choco(2), fmt::format("checkpoint: {{{}}}\n", key))),
                HasSubstr("found with async-choco-amsgrad, whose messages are under way"));
  EXPECT_THAT(error_of(on_ring(kAdPsgd, "on_peer_loss: reweight\n")), IsEmpty());
  EXPECT_THAT(error_of(on_ring("name: ad-psgd, learning_rate: 0.1, compressor: scaled-sign")),
              HasSubstr("async-choco-amsgrad"));
}

}  // namespace
}  // namespace hearsay
