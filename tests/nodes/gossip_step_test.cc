#include "nodes/gossip_step.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <ostream>

#include "nodes/simulator.h"
#include "tests/core/vectors.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

Network network_of(const std::string& topology) {
  return make_network(Config::parse("topology: " + topology +
                                        "\nobjective: {model: quadratic}\n"
                                        "algorithm: {name: choco-gossip, compressor: identity}\n"
                                        "run: {rounds: 1}\n",
                                    "test.yaml"));
}

std::unique_ptr<Compressor> top_k(double ratio, std::size_t dimension) {
  return compressor_of(settings({{"name", "top-k"}, {"ratio", ratio}}), dimension);
}

std::unique_ptr<Compressor> identity(std::size_t dimension) {
  return compressor_of(settings({{"name", "identity"}}), dimension);
}

TEST(GossipStep, OfFullVectorsIsTheClosedForm) {
  // lambda_2 = (1 + 2 cos 45 deg) / 3 and lambda_n = -1/3 on the ring of eight.
  const double lambda2 = (1.0 + std::sqrt(2.0)) / 3.0;
  const GossipStep step = find_gossip_step(network_of("{graph: ring, nodes: 8}"), *identity(50), 1);
  EXPECT_NEAR(step.best, 2.0 / ((1.0 - lambda2) + 4.0 / 3.0), 1e-9);
  EXPECT_NEAR(step.best, 1.3084, 1e-4);
  EXPECT_NEAR(step.stable_end, 2.0 / (4.0 / 3.0), 1e-9);
  // Both ends of the spectrum shrink by 1 - 1.3084 (1 - lambda2) = 0.7445 a round.
  EXPECT_NEAR(step.rounds, std::log(1000.0) / (-2.0 * std::log(0.74452)), 0.01);
  EXPECT_THAT(step.how, HasSubstr("closed form"));
}

TEST(GossipStep, OfTheCompleteGraphIsOne) {
  EXPECT_NEAR(find_gossip_step(network_of("{graph: complete, nodes: 5}"), *identity(50), 1).best,
              1.0, 1e-9);
}

TEST(GossipStep, IsDeterministic) {
  const Network network = network_of("{graph: ring, nodes: 6}");
  const GossipStep first = find_gossip_step(network, *top_k(0.2, 100), 7);
  const GossipStep again = find_gossip_step(network, *top_k(0.2, 100), 7);
  EXPECT_EQ(first.best, again.best);
  EXPECT_EQ(first.rounds, again.rounds);
  EXPECT_EQ(first.stable_end, again.stable_end);
  EXPECT_EQ(first.how, again.how);
}

TEST(GossipStep, LiesBetweenTheoryAndTheEndOfTheStableRange) {
  const Network network = network_of("{graph: ring, nodes: 8}");
  const GossipStep step = find_gossip_step(network, *top_k(0.1, 200), 1);
  EXPECT_GT(step.best, 10.0 * step.theory);
  EXPECT_LE(step.best, 0.9 * step.stable_end + 1e-3);
  EXPECT_LT(step.stable_end, network.spectrum.best_gossip_step());
  EXPECT_GT(step.rounds, find_gossip_step(network, *identity(200), 1).rounds);
}

TEST(GossipStep, TheoryIsTheoremTwoOfChoco) {
  const Network network = network_of("{graph: ring, nodes: 8}");
  const double rho = network.spectrum.gap();
  const double beta2 = std::pow(network.spectrum.beta(), 2);
  const double pi = 0.1;
  EXPECT_NEAR(find_gossip_step(network, *top_k(pi, 200), 1).theory,
              rho * rho * pi / (16 * rho + rho * rho + 4 * beta2 + 2 * rho * beta2 - 8 * rho * pi),
              1e-12);
}

TEST(GossipStep, OfOneNodeNeedsNoTrial) {
  EXPECT_EQ(find_gossip_step(network_of("{graph: ring, nodes: 1}"), *top_k(0.1, 50), 1).rounds,
            1.0);
}

TEST(GossipStep, OfTrackersLeavesNoModeOfWBelowOneHalf) {
  const Network network = network_of("{graph: ring, nodes: 8}");  // lambda_n = -1/3
  for (const auto& compressor :
       {identity(200), compressor_of(settings({{"name", "natural"}, {"scaled", true}}), 200)}) {
    EXPECT_GT(find_gossip_step(network, *compressor, 1).best, 1.0);
    const GossipStep step = find_gossip_step(network, *compressor, 1, Gossiped::trackers);
    EXPECT_NEAR(step.best, 0.375, 1e-9);
    EXPECT_LT(step.rounds, 60.0);
  }
  EXPECT_EQ(find_gossip_step(network, *top_k(0.05, 200), 1, Gossiped::trackers).best,
            find_gossip_step(network, *top_k(0.05, 200), 1).best)
      << "a small step is no concern";
}

TEST(GossipStep, IsScaledWhereASmallDimensionFlattersTheCompressor) {
  // A square matrix of 400 entries and rank 1 keeps far less than one of 128.
  const Network network = network_of("{graph: ring, nodes: 8}");
  const auto low_rank =
      make_compressor(settings({{"name", "low-rank"}, {"rank", 1}}), Layout::square(10'000));
  const auto small =
      make_compressor(settings({{"name", "low-rank"}, {"rank", 1}}), Layout::square(100));
  EXPECT_LT(find_gossip_step(network, *low_rank, 1).best,
            0.3 * find_gossip_step(network, *small, 1).best);
}

double error_after(const std::string& gossip_step, int rounds) {
  const Recorder recorder = run(fmt::format(
      "topology: {{graph: ring, nodes: 25}}\n"
      "objective: {{model: quadratic, dimension: 200}}\n"
      "algorithm: {{name: choco-gossip, compressor: {{name: top-k, ratio: 0.1}}, gossip_step: "
      "{}}}\n"
      "run: {{rounds: {}, evaluate_every: {}}}\n",
      gossip_step, rounds, rounds));
  return recorder.consensus_error(1) / recorder.consensus_error(0);
}

TEST(GossipStep, ThatAutoFindsBeatsFourTimesAndAQuarterOfIt) {
  const double found =
      find_gossip_step(network_of("{graph: ring, nodes: 25}"), *top_k(0.1, 200), 1).best;
  const double with_found = error_after(fmt::format("{}", found), 500);
  EXPECT_LT(with_found, 0.1);
  EXPECT_LT(with_found, error_after(fmt::format("{}", found / 4), 500));
  const double with_more = error_after(fmt::format("{}", 4 * found), 500);
  EXPECT_TRUE(!(with_found >= with_more)) << with_found << " and " << with_more;
}

struct Pair {
  std::string graph;
  std::string compressor;
};

void PrintTo(const Pair& pair, std::ostream* out) {
  *out << pair.graph << " with " << pair.compressor;
}

class NearBestGossipStep : public ::testing::TestWithParam<Pair> {
 protected:
  /// The rounds in which a run of choco-gossip with that step shrinks its consensus error by 1000;
  /// `most` when it takes longer.
  int rounds_of(double gossip_step, int most) const {
    const Experiment experiment = experiment_of(
        fmt::format("topology: {}\nobjective: {{model: quadratic, dimension: 256}}\n"
                    "algorithm: {{name: choco-gossip, compressor: {}, gossip_step: {}}}\n"
                    "run: {{rounds: {}, evaluate_every: 1}}\n",
                    GetParam().graph, GetParam().compressor, gossip_step, most));
    Recorder recorder;
    const std::atomic<bool> stop = false;
    try {
      simulate(experiment, 1, stop, recorder);
    } catch (const RunFailed&) {  // beyond all floats
    }
    for (std::size_t t = 1; t < recorder.reports.size(); ++t)
      if (recorder.consensus_error(t) < recorder.consensus_error(0) / kShrink)
        return static_cast<int>(t);
    return most;
  }

  GossipStep found() const {
    return *experiment_of(
                fmt::format("topology: {}\nobjective: {{model: quadratic, dimension: 256}}\n"
                            "algorithm: {{name: choco-gossip, compressor: {}}}\n"
                            "run: {{rounds: 1}}\n",
                            GetParam().graph, GetParam().compressor))
                .find_gossip_step();
  }
};

// An exhaustive grid of runs, whose start and whose dimension are not the trial's.
TEST_P(NearBestGossipStep, NeedsHardlyMoreRoundsThanTheBestOfAGrid) {
  const double found = this->found().best;
  const int with_found = rounds_of(found, 400);
  int best = with_found;
  for (int k = -6; k <= 6; ++k)
    if (k != 0) best = std::min(best, rounds_of(found * std::exp2(k / 4.0), with_found));
  EXPECT_LE(with_found, 1.15 * best + 1.0) << "gamma = " << found;
}

TEST_P(NearBestGossipStep, StopsToBeStableNotFarAboveTheEndThatIsNamed) {
  const GossipStep step = found();
  EXPECT_LT(rounds_of(step.best, 400), 400);
  EXPECT_EQ(rounds_of(1.6 * step.stable_end, 400), 400);
}

INSTANTIATE_TEST_SUITE_P(
    All, NearBestGossipStep,
    ::testing::Values(Pair{"{graph: ring, nodes: 8}", "{name: top-k, ratio: 0.05}"},
                      Pair{"{graph: ring, nodes: 8}", "{name: top-k, ratio: 0.1}"},
                      Pair{"{graph: ring, nodes: 8}", "{name: random-k, ratio: 0.1}"},
                      Pair{"{graph: ring, nodes: 8}", "scaled-sign"},
                      Pair{"{graph: ring, nodes: 8}", "{name: uniform, bits: 2}"},
                      Pair{"{graph: ring, nodes: 8}", "qsgd"},
                      Pair{"{graph: ring, nodes: 8}", "natural"},
                      Pair{"{graph: torus, nodes: 16}", "{name: top-k, ratio: 0.1}"},
                      Pair{"{graph: torus, nodes: 16}", "{name: uniform, bits: 4}"},
                      Pair{"{graph: complete, nodes: 12}", "{name: top-k-quantized, ratio: 0.1}"},
                      Pair{"{graph: star, nodes: 8}", "{name: random-k, ratio: 0.2}"},
                      Pair{"{graph: erdos-renyi, nodes: 20, probability: 0.3}", "terngrad"}));

TEST(GossipStep, OfARunIsResolvedInItsConfigAndNoted) {
  const Experiment experiment = experiment_of(
      "topology: {graph: ring, nodes: 8}\n"
      "objective: {model: quadratic}\n"
      "algorithm: {name: choco-gossip, compressor: identity, gossip_step: auto}\n"
      "run: {rounds: 1}\n");
  EXPECT_EQ(experiment.config().section("algorithm").number("gossip_step"),
            experiment.find_gossip_step()->best);
  EXPECT_THAT(experiment.notes(), Contains(HasSubstr("auto found 1.308")));
}

TEST(GossipStep, ThatIsTooLargeIsWarnedOfWithTheRangeAndWhatAutoTakes) {
  const auto with = [](const std::string& gossip_step) {
    return experiment_of(
        "topology: {graph: ring, nodes: 8}\nobjective: {model: quadratic, dimension: 200}\n"
        "algorithm: {name: choco-gossip, compressor: {name: top-k, ratio: 0.05}, gossip_step: " +
        gossip_step + "}\nrun: {rounds: 1}\n");
  };
  EXPECT_THAT(with("0.9").warnings(),
              ElementsAre(MatchesRegex("algorithm\\.gossip_step: 0\\.9 .*top-k is stable below "
                                       "0\\.[12].*; auto would take 0\\.1.*")));
  EXPECT_THAT(with("0.1").warnings(), IsEmpty());
  EXPECT_THAT(with("auto").warnings(), IsEmpty());
}

TEST(GossipStep, OfFullVectorsIsWarnedOfBeyondTheClosedForm) {
  const auto with = [](const std::string& algorithm) {
    return experiment_of(
        "topology: {graph: ring, nodes: 8}\nobjective: {model: quadratic}\n"
        "algorithm: " +
        algorithm + "\nrun: {rounds: 1}\n");
  };
  EXPECT_THAT(with("{name: gossip, gossip_step: 1.4}").warnings(), IsEmpty());
  EXPECT_THAT(with("{name: gossip, gossip_step: 1.6}").warnings(),
              ElementsAre(HasSubstr("stable below 1.5")));
}

TEST(GossipStep, ThatNoTrialFindsIsNotJudged) {
  const Experiment experiment = experiment_of(
      "topology: {graph: ring, nodes: 8}\nobjective: {model: quadratic}\n"
      "algorithm: {name: deepsqueeze, learning_rate: 0.1, compressor: scaled-sign, gossip_step: "
      "1.2}\nrun: {rounds: 1}\n");
  EXPECT_FALSE(experiment.find_gossip_step());
  EXPECT_THAT(experiment.warnings(), IsEmpty());
}

}  // namespace
}  // namespace hearsay
