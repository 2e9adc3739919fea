#include "nodes/gossip_step.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/vectors.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::Contains;
using ::testing::HasSubstr;

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
  EXPECT_EQ(step.best, step.plain);
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
  EXPECT_EQ(first.rate, again.rate);
  EXPECT_EQ(first.how, again.how);
}

TEST(GossipStep, LiesBetweenTheoryAndThePlainStep) {
  const GossipStep step =
      find_gossip_step(network_of("{graph: ring, nodes: 8}"), *top_k(0.1, 200), 1);
  EXPECT_GT(step.best, 10.0 * step.theory);
  EXPECT_LT(step.best, step.plain);
  EXPECT_GT(step.rate, 0.0);
  EXPECT_LT(step.rate, 1.0);
}

TEST(GossipStep, TheoryIsTheoremTwoOfChoco) {
  const Network network = network_of("{graph: ring, nodes: 8}");
  const double rho = network.spectrum.gap();
  const double beta2 = std::pow(network.spectrum.beta(), 2);
  const double pi = 0.1;
  EXPECT_NEAR(theoretical_gossip_step(network, *top_k(pi, 200)).theory,
              rho * rho * pi / (16 * rho + rho * rho + 4 * beta2 + 2 * rho * beta2 - 8 * rho * pi),
              1e-12);
}

TEST(GossipStep, WithoutATrialLeavesTheChoiceOpen) {
  EXPECT_EQ(theoretical_gossip_step(network_of("{graph: ring, nodes: 8}"), *top_k(0.1, 200)).best,
            0.0);
}

TEST(GossipStep, OfOneNodeNeedsNoTrial) {
  EXPECT_EQ(find_gossip_step(network_of("{graph: ring, nodes: 1}"), *top_k(0.1, 50), 1).rate, 0.0);
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

TEST(GossipStep, OfARunIsResolvedInItsConfigAndNoted) {
  const Experiment experiment = experiment_of(
      "topology: {graph: ring, nodes: 8}\n"
      "objective: {model: quadratic}\n"
      "algorithm: {name: choco-gossip, compressor: identity, gossip_step: auto}\n"
      "run: {rounds: 1}\n");
  EXPECT_EQ(experiment.config().section("algorithm").number("gossip_step"),
            experiment.gossip_step()->plain);
  EXPECT_THAT(experiment.notes(), Contains(HasSubstr("auto found 1.308")));
}

}  // namespace
}  // namespace hearsay
