// Spectra against closed forms, which are all those of circulant and product graphs.
#include "topology/spectrum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/topology/parts.h"
#include "topology/graphs/complete.h"
#include "topology/graphs/hypercube.h"
#include "topology/graphs/path.h"
#include "topology/graphs/ring.h"
#include "topology/graphs/star.h"
#include "topology/graphs/torus.h"

namespace hearsay {
namespace {

constexpr double kPi = std::numbers::pi;

Spectrum metropolis(const Topology& graph) {
  return spectrum(test::mixing("metropolis", graph));
}

struct RingGap {
  std::size_t nodes;
  double gap;
  double step;
};

TEST(Spectrum, OfRingsIsAsTabulated) {
  for (const RingGap& ring :
       {RingGap{4, .66667, 1.0000}, RingGap{8, .19526, 1.3084}, RingGap{9, .15597, 1.3802},
        RingGap{16, .05075, 1.4450}, RingGap{20, .03263, 1.4642}, RingGap{25, .02094, 1.4826},
        RingGap{36, .01013, 1.4887}, RingGap{64, .00321, 1.4964}}) {
    const Spectrum s = metropolis(ring_graph(ring.nodes));
    EXPECT_NEAR(s.gap(), ring.gap, 6e-6) << ring.nodes;
    EXPECT_NEAR(s.best_gossip_step(), ring.step, 6e-5) << ring.nodes;
  }
}

TEST(Spectrum, OfRingsIsTheFourierTransformOfARow) {
  for (const std::size_t nodes : {3, 10, 31, 300}) {
    const Spectrum s = metropolis(ring_graph(nodes));
    const double n = static_cast<double>(nodes);
    EXPECT_NEAR(s.lambda2, (1 + 2 * std::cos(2 * kPi / n)) / 3, 1e-13) << nodes;
    EXPECT_NEAR(s.lambda_min, (1 + 2 * std::cos(2 * kPi * std::floor(n / 2) / n)) / 3, 1e-13);
  }
}

TEST(Spectrum, OfToriIsAsTabulated) {
  const std::vector<std::pair<std::size_t, double>> gaps = {
      {3, .60000}, {4, .40000}, {5, .27639}, {6, .20000}, {8, .11716}};
  for (const auto& [side, gap] : gaps)
    EXPECT_NEAR(metropolis(torus_graph(side, side)).gap(), gap, 6e-6) << side;
}

TEST(Spectrum, OfAPathIsTheCosineTransform) {
  for (const std::size_t nodes : {3, 8, 100}) {
    const double n = static_cast<double>(nodes);
    const Spectrum s = metropolis(path_graph(nodes));
    EXPECT_NEAR(s.lambda2, (1 + 2 * std::cos(kPi / n)) / 3, 1e-13) << nodes;
    EXPECT_NEAR(s.lambda_min, (1 + 2 * std::cos(kPi * (n - 1) / n)) / 3, 1e-13) << nodes;
  }
}

TEST(Spectrum, OfAStarHasGapOneOverN) {
  for (const std::size_t nodes : {3, 8, 21, 200}) {
    const Spectrum s = metropolis(star_graph(nodes));
    EXPECT_NEAR(s.gap(), 1.0 / static_cast<double>(nodes), 1e-13);
    EXPECT_NEAR(s.lambda_min, 0.0, 1e-13);
  }
}

TEST(Spectrum, OfTheCompleteGraphIsZero) {
  const Spectrum s = metropolis(complete_graph(12));
  EXPECT_NEAR(s.lambda2, 0.0, 1e-14);
  EXPECT_NEAR(s.lambda_min, 0.0, 1e-14);
  EXPECT_NEAR(s.best_gossip_step(), 1.0, 1e-14);
  EXPECT_EQ(s.rounds_to_shrink(1e6), 1.0);
}

TEST(Spectrum, OfTheHypercubeIsArithmetic) {
  const Spectrum s = metropolis(hypercube_graph(64));  // eigenvalues 1 - 2k/7
  EXPECT_NEAR(s.lambda2, 5.0 / 7.0, 1e-13);
  EXPECT_NEAR(s.lambda_min, -5.0 / 7.0, 1e-13);
}

TEST(Spectrum, OfOneNodeHasNothingToMix) {
  const Spectrum s = metropolis(ring_graph(1));
  EXPECT_EQ(s.lambda2, 0.0);
  EXPECT_EQ(s.lambda_min, 0.0);
  EXPECT_EQ(s.gap(), 1.0);
}

TEST(Spectrum, OfTwoNodesIsOneNumber) {
  const Spectrum s = spectrum(test::explicit_mixing({{0.7, 0.3}, {0.3, 0.7}}, path_graph(2)));
  EXPECT_NEAR(s.lambda2, 0.4, 1e-15);
  EXPECT_NEAR(s.lambda_min, 0.4, 1e-15);
  EXPECT_NEAR(s.beta(), 0.6, 1e-15);
  EXPECT_NEAR(s.best_gossip_step(), 1 / 0.6, 1e-14);
}

TEST(Spectrum, HasNoGapWhenNodesOnlySwap) {
  const Spectrum s = spectrum(test::explicit_mixing({{0, 1}, {1, 0}}, path_graph(2)));
  EXPECT_NEAR(s.lambda_min, -1.0, 1e-15);
  EXPECT_NEAR(s.gap(), 0.0, 1e-15);
  EXPECT_EQ(s.rounds_to_shrink(2.0), std::numeric_limits<double>::infinity());
}

TEST(Spectrum, CountsRoundsByTheSquareOfTheContraction) {
  const Spectrum s{.lambda2 = 0.5, .lambda_min = -0.25};
  EXPECT_EQ(s.rounds_to_shrink(1.0), 0.0);
  EXPECT_EQ(s.rounds_to_shrink(2.0), 1.0);
  EXPECT_EQ(s.rounds_to_shrink(4.0), 1.0);
  EXPECT_EQ(s.rounds_to_shrink(4.1), 2.0);
  EXPECT_EQ(s.rounds_to_shrink(std::pow(4.0, 30)), 30.0);
}

TEST(Spectrum, ContractionIsTheLargerEnd) {
  const Spectrum s{.lambda2 = 0.5, .lambda_min = -0.75};
  EXPECT_EQ(s.contraction(), 0.75);
  EXPECT_EQ(s.gap(), 0.25);
  EXPECT_EQ(s.beta(), 1.75);
  EXPECT_EQ(s.best_gossip_step(), 2.0 / 2.25);
}

TEST(Spectrum, ChocoGossipStepIsTheoremTwo) {
  // gap 1/2, beta 5/4: (1/4) pi / (8 + 1/4 + 25/4 + 25/16 - 4 pi).
  const Spectrum s{.lambda2 = 0.5, .lambda_min = -0.25};
  EXPECT_DOUBLE_EQ(s.choco_gossip_step(1.0), 0.25 / 12.0625);
  EXPECT_DOUBLE_EQ(s.choco_gossip_step(0.1), 0.025 / 15.6625);
}

TEST(Spectrum, BestGossipStepContractsBothEndsAlike) {
  const Spectrum s = metropolis(ring_graph(8));
  const double step = s.best_gossip_step();
  EXPECT_NEAR(1 - step * (1 - s.lambda2), -(1 - step * (1 - s.lambda_min)), 1e-13);
}

}  // namespace
}  // namespace hearsay
