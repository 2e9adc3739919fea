// The simulator's time against what can be worked out by hand.
#include "nodes/faults/virtual_clock.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/vectors.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr double kRounds = 10;
constexpr double kFrame = 8.0 * (64 + 4 * 50);  // bits of a dense message of 50 parameters

std::string config_of(const std::string& topology, const std::string& algorithm,
                      const std::string& faults) {
  return fmt::format(
      "topology: {{{}}}\n"
      "objective: {{model: quadratic, dimension: 50, noise: 0.1}}\n"
      "algorithm: {{{}, learning_rate: 0.01}}\n"
      "run: {{rounds: {}, evaluate_every: 5}}\n"
      "faults: {}\n",
      topology, algorithm, kRounds, faults);
}

double seconds_of(const std::string& topology, const std::string& algorithm,
                  const std::string& faults) {
  return run(config_of(topology, algorithm, faults)).last().seconds;
}

double ring_seconds(const std::string& faults) {
  return seconds_of("graph: ring, nodes: 6", "name: dpsgd", faults);
}

TEST(VirtualSeconds, OfARingAreComputingAndOneFrameALink) {
  EXPECT_EQ(ring_seconds("{}"), 0.0);
  EXPECT_NEAR(ring_seconds("{compute: 0.5}"), kRounds * 0.5, 1e-9);
  EXPECT_NEAR(ring_seconds("{links: {rate: 1e4}}"), kRounds * kFrame / 1e4, 1e-9);
  EXPECT_NEAR(ring_seconds("{links: {delay: 0.25}}"), kRounds * 0.25, 1e-9);
  EXPECT_NEAR(ring_seconds("{compute: 0.5, links: {rate: 1e4, delay: 0.25}}"),
              kRounds * (0.5 + kFrame / 1e4 + 0.25), 1e-9);
}

TEST(VirtualSeconds, OfEveryEvaluationAndNodeAreReported) {
  const Recorder recorder = run(config_of("graph: ring, nodes: 6", "name: dpsgd", "{compute: 2}"));
  ASSERT_EQ(recorder.reports.size(), 3U);
  EXPECT_EQ(recorder.row(0).seconds, 0.0);
  EXPECT_EQ(recorder.row(1).seconds, 10.0);
  EXPECT_EQ(recorder.row(2).seconds, 20.0);
  for (const NodeOffer& offer : recorder.reports[1].offers) EXPECT_EQ(offer.seconds, 10.0);
  EXPECT_TRUE(recorder.end->virtual_time);
  EXPECT_EQ(recorder.end->link_faults, LinkCounts{});
}

TEST(VirtualSeconds, OfAStarAreTheWayUpAndTheWayDown) {
  const auto star = [](const std::string& faults) {
    return seconds_of("graph: star, workers: 4", "name: dist-amsgrad", faults);
  };
  EXPECT_NEAR(star("{links: {rate: 1e4}}"), kRounds * 2 * kFrame / 1e4, 1e-9);
  EXPECT_NEAR(star("{compute: 0.5, links: {delay: 0.25}}"), kRounds * (0.5 + 2 * 0.25), 1e-9)
      << "the server computes no gradient";
  EXPECT_NEAR(star("{edges: {0>3: {delay: 2}, 3>0: {delay: 1}}}"), kRounds * 3.0, 1e-9);
  // Of two workers, one is slow to be heard and the other slow to hear: while the one's word is on
  // its way the other has not heard the server's.
  EXPECT_NEAR(star("{edges: {0>3: {delay: 2}, 1>0: {delay: 1}}}"), kRounds * 2.0 + 1.0, 1e-9);
}

TEST(VirtualSeconds, CountEveryGradientOfARound) {
  EXPECT_NEAR(seconds_of("graph: ring, nodes: 6",
                         "name: choco-sgd, local_steps: 3, gossip_step: 0.3, compressor: identity",
                         "{compute: 0.5}"),
              kRounds * 1.5, 1e-9);
  EXPECT_NEAR(seconds_of("graph: ring, nodes: 6",
                         "name: beer, gossip_step: 0.3, compressor: identity", "{compute: 0.5}"),
              (kRounds + 1) * 0.5, 1e-9)
      << "a tracker starts from a gradient of its own";
  EXPECT_EQ(run("topology: {graph: ring, nodes: 4}\nobjective: {model: quadratic, dimension: 5}\n"
                "algorithm: {name: gossip}\nrun: {rounds: 5}\nfaults: {compute: 1}\n")
                .last()
                .seconds,
            0.0)
      << "averaging computes none";
}

TEST(VirtualSeconds, OfASingleMachineAreItsComputing) {
  EXPECT_NEAR(seconds_of("graph: complete, nodes: 1", "name: dist-amsgrad",
                         "{compute: 0.5, links: {delay: 3}}"),
              kRounds * 0.5, 1e-9);
}

TEST(VirtualSeconds, AreThoseOfTheStraggler) {
  // It never waits: when it has computed, its neighbours' frames have been there for long. The
  // others see its last frame one delay later.
  EXPECT_NEAR(ring_seconds("{compute: 0.5, stragglers: {2: 4}, links: {delay: 0.25}}"),
              kRounds * 2.0 + 0.25, 1e-9);
}

TEST(VirtualSeconds, OfASlowEdgeHoldEveryoneUp) {
  // The ends wait for each other over it, and all others for them.
  EXPECT_NEAR(ring_seconds("{edges: {2-3: {delay: 1}}}"), kRounds * 1.0, 1e-9);
  // In one direction alone every second round: what node 3 hears late it says late, and node 2
  // hears of that in the round after.
  EXPECT_NEAR(ring_seconds("{edges: {2>3: {delay: 1}}}"), kRounds / 2 * 1.0, 1e-9);
}

TEST(VirtualSeconds, LieWithinTheBoundsOfTheJitter) {
  const double seconds = ring_seconds("{links: {delay: 1, jitter: 0.5}}");
  EXPECT_GT(seconds, kRounds * 1.0 + 0.1);
  EXPECT_LT(seconds, kRounds * 1.5);
}

TEST(VirtualSeconds, OfALossyLinkAreThoseOfItsResending) {
  // A path of two: a round takes as long as the unluckier of two frames. With loss p the number of
  // losses is geometric, the larger of two is above k with probability 1 - (1 - p^(k+1))^2.
  constexpr double kLoss = 0.3;
  double mean = 0.0;
  double square = 0.0;
  for (int k = 0; k < 60; ++k) {
    const double above = 1.0 - std::pow(1.0 - std::pow(kLoss, k + 1), 2);
    mean += above;
    square += (2 * k + 1) * above;
  }
  constexpr int kMany = 4000;
  const std::string yaml = fmt::format(
      "topology: {{graph: path, nodes: 2}}\nobjective: {{model: quadratic, dimension: 3}}\n"
      "algorithm: {{name: gossip}}\nrun: {{rounds: {}, evaluate_every: {}}}\n"
      "faults: {{links: {{loss: {}, resend_after: 1}}}}\n",
      kMany, kMany, kLoss);
  const Recorder recorder = run(yaml);
  const double deviation = std::sqrt((square - mean * mean) / kMany);
  EXPECT_NEAR(recorder.last().seconds / kMany, mean, 5 * deviation);
  EXPECT_NEAR(static_cast<double>(recorder.end->link_faults->resent_frames) / (2 * kMany),
              kLoss / (1 - kLoss), 5 * std::sqrt(kLoss / (2 * kMany)) / (1 - kLoss));
  EXPECT_EQ(recorder.end->link_faults->resent_bytes,
            recorder.end->link_faults->resent_frames * (64 + 4 * 3));
}

TEST(VirtualSeconds, HoldTheRoundsOfAPartitionUntilItHeals) {
  const std::string cut = "groups: [[0, 1, 2]]";
  EXPECT_NEAR(ring_seconds("{partitions: [{from: 4, seconds: 7, " + cut + "}]}"), 7.0, 1e-9);
  EXPECT_NEAR(ring_seconds("{partitions: [{from: 4, to: 6, seconds: 7, " + cut + "}]}"), 21.0,
              1e-9);
  const Recorder recorder = run(config_of("graph: ring, nodes: 6", "name: dpsgd",
                                          "{links: {resend_after: 0.5}, partitions: [{from: 4, "
                                          "seconds: 7, " +
                                              cut + "}]}"));
  EXPECT_EQ(recorder.end->link_faults->resent_frames, 4U * 14U) << "two edges, both directions";
  EXPECT_EQ(recorder.row(1).seconds, recorder.row(2).seconds);
}

TEST(VirtualSeconds, IncludeACrashAndItsRestart) {
  EXPECT_NEAR(ring_seconds("{compute: 1, crashes: [{node: 3, round: 4, restart_after: 2.5}]}"),
              kRounds * 1.0 + 2.5, 1e-9);
}

TEST(VirtualClock, ReplaysTheRoundsSinceTheCheckpoint) {
  FaultPlan plan;
  plan.slowness = {1.0, 2.0};
  plan.crashes = {{.node = 1, .round = 8, .restart_after = 10.0}};
  VirtualClock clock(plan, 2, 5);
  const std::vector<double> compute = {1.0, 1.0};
  for (Round t = 1; t <= 8; ++t) clock.end_round(t, compute);
  EXPECT_EQ(clock.seconds(0), 8.0);
  EXPECT_EQ(clock.seconds(1), 8 * 2.0 + 10.0 + 2 * 2.0) << "rounds 6 and 7 once more";
  EXPECT_EQ(clock.seconds(), clock.seconds(1));
}

TEST(VirtualSeconds, MayBeMeasured) {
  const double seconds = ring_seconds("{compute: measured}");
  EXPECT_GT(seconds, 0.0);
  EXPECT_GT(ring_seconds("{compute: measured, links: {delay: 1}}"), kRounds * 1.0);
}

// --- Nothing else changes ---

constexpr const char* kHeavy =
    "{compute: 0.01, stragglers: {1: 3}, "
    "links: {rate: 1e5, delay: 0.02, jitter: 0.1, loss: 0.3, duplication: 0.3}, "
    "edges: {0-1: {rate: 3e3}}, partitions: [{from: 2, to: 3, seconds: 5, groups: [[0]]}], "
    "crashes: [{node: 1, round: 3, restart_after: 4}]}";

class UnderHeavyFaults : public ::testing::TestWithParam<Pairing> {
 protected:
  static std::string config(const std::string& faults) {
    const Pairing& pairing = GetParam();
    return fmt::format(
        "topology: {}\n"
        "objective: {{model: softmax, data: {{name: synthetic, rows: 60, features: 4, classes: 3}},"
        " batch: 4}}\n"
        "algorithm: {}\n"
        "run: {{rounds: 6, evaluate_every: 2}}\n{}",
        pairing.on_server() ? "{graph: star, workers: 4}" : "{graph: ring, nodes: 5}",
        algorithm_settings(pairing), faults.empty() ? "" : "faults: " + faults + "\n");
  }
};

INSTANTIATE_TEST_SUITE_P(Registry, UnderHeavyFaults, ::testing::ValuesIn(lockstep_pairings()),
                         [](const auto& pairing) { return pairing.param.test_name(); });

std::vector<std::vector<double>> seconds_in(const Recorder& recorder) {
  std::vector<std::vector<double>> result;
  for (const EvaluationReport& report : recorder.reports) {
    result.push_back({report.row.seconds});
    for (const NodeOffer& offer : report.offers) result.back().push_back(offer.seconds);
  }
  return result;
}

TEST_P(UnderHeavyFaults, TheTrajectoryIsTheUndisturbedOneBitForBit) {
  const Recorder undisturbed = run(config(""));
  const Recorder recorder = run(config(kHeavy));
  EXPECT_EQ(timeless_rows(recorder), timeless_rows(undisturbed));
  EXPECT_EQ(bits_of(recorder.end->model), bits_of(undisturbed.end->model));
  EXPECT_FALSE(undisturbed.end->virtual_time);
  EXPECT_FALSE(undisturbed.end->link_faults);
  EXPECT_GT(recorder.last().seconds, 4.0);
  EXPECT_GT(recorder.end->link_faults->resent_frames, 0U);
}

TEST_P(UnderHeavyFaults, TheSecondsAreThoseOfAnyNumberOfThreads) {
  const Experiment experiment = experiment_of(config(kHeavy));
  const Recorder one = run(experiment, 1);
  for (const std::size_t threads : {2, 3}) {
    const Recorder several = run(experiment, threads);
    EXPECT_EQ(seconds_in(several), seconds_in(one)) << threads;
    EXPECT_EQ(several.end->link_faults, one.end->link_faults) << threads;
  }
}

TEST(VirtualSeconds, OfDirectedAndChangingGraphsAreThoseOfAnyNumberOfThreads) {
  for (const char* graph : {"directed-ring", "one-peer-exponential", "base", "random-matching"}) {
    SCOPED_TRACE(graph);
    const Experiment experiment =
        experiment_of(config_of(fmt::format("graph: {}, nodes: 6", graph), "name: dpsgd",
                                "{compute: 0.1, links: {rate: 1e4, jitter: 0.5, loss: 0.2}}"));
    const Recorder one = run(experiment, 1);
    EXPECT_GT(one.last().seconds, kRounds * 0.1);
    EXPECT_EQ(seconds_in(run(experiment, 3)), seconds_in(one));
  }
}

TEST(VirtualSeconds, FollowFromTheSeed) {
  const auto seconds = [](int seed) {
    return run(fmt::format("seed: {}\n", seed) +
               config_of("graph: ring, nodes: 6", "name: dpsgd", "{links: {jitter: 1}}"))
        .last()
        .seconds;
  };
  EXPECT_EQ(seconds(1), seconds(1));
  EXPECT_NE(seconds(1), seconds(2));
}

}  // namespace
}  // namespace hearsay
