#include "topology/mixing_sequence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/topology/parts.h"
#include "topology/graphs/base.h"
#include "topology/graphs/directed_exponential.h"
#include "topology/graphs/directed_ring.h"
#include "topology/graphs/one_peer_exponential.h"
#include "topology/graphs/random_matching.h"
#include "topology/graphs/ring.h"
#include "topology/mixing/metropolis.h"
#include "topology/mixing/weights.h"
#include "topology/spectrum.h"

namespace hearsay {
namespace {

using namespace hearsay::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The largest distance of an entry of W_P ... W_1 from 1/n.
double distance_from_average(const MixingSequence& mixing) {
  const std::size_t n = mixing.nodes();
  double worst = 0.0;
  for (NodeId column = 0; column < n; ++column) {
    std::vector<double> x(n, 0.0);
    x[column] = 1.0;
    for (Round t = 1; t <= mixing.period(); ++t) {
      std::vector<double> next(n, 0.0);
      for (NodeId i = 0; i < n; ++i)
        for (const auto& weight : mixing.at(t).row(i)) next[i] += weight.value * x[weight.node];
      x = next;
    }
    for (const double value : x)
      worst = std::max(worst, std::abs(value - 1.0 / static_cast<double>(n)));
  }
  return worst;
}

std::size_t largest_degree(const MixingSequence& mixing) {
  std::size_t degree = 0;
  for (Round t = 1; t <= mixing.period(); ++t)
    for (NodeId i = 0; i < mixing.nodes(); ++i)
      degree = std::max(degree, mixing.senders(t, i).size());
  return degree;
}

MixingSequence arcs(const std::vector<std::vector<int>>& list) {
  return make_mixing_sequence(graph_params("arcs", {{"arcs", rows(list)}}), 1);
}

TEST(BaseGraph, AveragesExactlyForEveryNumberOfNodes) {
  for (std::size_t k = 1; k <= 5; ++k)
    for (std::size_t n = 1; n <= 100; ++n) {
      const MixingSequence mixing = base_graph(n, k);
      ASSERT_LT(distance_from_average(mixing), 1e-13) << n << " nodes, k = " << k;
      ASSERT_LE(largest_degree(mixing), k) << n;
      ASSERT_TRUE(mixing.is_symmetric()) << n;
      ASSERT_TRUE(mixing.is_doubly_stochastic()) << n;
      // Theorem 1 of the paper.
      const double bound =
          2.0 * std::log(static_cast<double>(n)) / std::log(static_cast<double>(k + 1)) + 2.0;
      ASSERT_LE(static_cast<double>(mixing.period()), bound + 1e-9) << n << ", k = " << k;
    }
}

TEST(BaseGraph, OfAPowerOfTwoIsTheHypercubeRoundByRound) {
  const MixingSequence mixing = base_graph(8, 1);
  ASSERT_EQ(mixing.period(), 3U);
  EXPECT_THAT(mixing.senders(1, 5), ElementsAre(4));
  EXPECT_THAT(mixing.senders(2, 5), ElementsAre(7));
  EXPECT_THAT(mixing.senders(3, 5), ElementsAre(1));
}

TEST(BaseGraph, OfFiveNodesTakesFiveRounds) {
  // Two to average four nodes, one to meet the fifth, two to average the four again.
  const MixingSequence mixing = base_graph(5, 1);
  ASSERT_EQ(mixing.period(), 5U);
  EXPECT_DOUBLE_EQ(mixing.at(3)(4, 0), 0.8);
  EXPECT_THAT(mixing.senders(5, 4), IsEmpty());
}

TEST(BaseGraph, PrefersTheShorterOfTheTwoForms) {
  // 6 = 4 + 2 at once takes 2 + 1 + 2 rounds; two threes (1 + 1 + 1 rounds each) and a meeting, 4.
  EXPECT_EQ(base_graph(6, 1).period(), 4U);
  EXPECT_EQ(base_graph(6, 2).period(), 2U);  // a hyper-hypercube, 3 x 2
}

TEST(OnePeerExponential, AveragesExactlyForPowersOfTwoOnly) {
  for (const std::size_t n : {1U, 2U, 4U, 8U, 16U, 64U}) {
    const MixingSequence mixing = one_peer_exponential_graph(n);
    EXPECT_LT(distance_from_average(mixing), 1e-14) << n;
    EXPECT_EQ(period_contraction(mixing), 0.0) << n;
    EXPECT_TRUE(mixing.is_doubly_stochastic()) << n;
  }
  EXPECT_GT(distance_from_average(one_peer_exponential_graph(6)), 0.01);
  EXPECT_GT(period_contraction(one_peer_exponential_graph(6)), 0.01);
}

TEST(OnePeerExponential, SendsOneMessageARound) {
  const MixingSequence mixing = one_peer_exponential_graph(8);
  ASSERT_EQ(mixing.period(), 3U);
  EXPECT_FALSE(mixing.is_symmetric());
  for (Round t = 1; t <= 6; ++t) {
    const NodeId hop = NodeId{1} << ((t - 1) % 3);
    EXPECT_THAT(mixing.receivers(t, 6), ElementsAre((6 + hop) % 8)) << t;
    EXPECT_THAT(mixing.senders(t, 6), ElementsAre((6 + 8 - hop) % 8)) << t;
  }
}

TEST(DirectedGraphs, AreDoublyStochasticWhereAllDegreesAreEqual) {
  EXPECT_TRUE(directed_ring_graph(5).is_doubly_stochastic());
  EXPECT_TRUE(directed_exponential_graph(6).is_doubly_stochastic());
  EXPECT_FALSE(directed_exponential_graph(6).is_symmetric());
  EXPECT_THAT(directed_exponential_graph(6).receivers(1, 4), ElementsAre(0, 2, 5));
}

TEST(DirectedGraphs, KeepTheSumOnAnyArcs) {
  // 0 -> 1 -> 2 -> 0 and 0 -> 2: node 0 gives a third each way, so rows do not sum to 1.
  const MixingSequence mixing = arcs({{0, 1}, {1, 2}, {2, 0}, {0, 2}});
  EXPECT_FALSE(mixing.is_doubly_stochastic());
  EXPECT_DOUBLE_EQ(mixing.at(1)(1, 0), 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(mixing.at(1)(2, 1), 0.5);
  EXPECT_DOUBLE_EQ(mixing.at(1)(0, 0), 1.0 / 3.0);
}

TEST(DirectedGraphs, MustLeadEverywhereAndBack) {
  const auto message = [](const std::vector<std::vector<int>>& list) {
    return refusal([&] { arcs(list); }).message;
  };
  EXPECT_THAT(message({{0, 1}, {1, 2}}), HasSubstr("node 0 never hears of node 1"));
  EXPECT_THAT(message({{1, 0}, {0, 2}, {2, 0}}), HasSubstr("node 1 never hears of node 0"));
  EXPECT_THAT(message({{0, 0}}), HasSubstr("from a node to itself"));
  EXPECT_THAT(message({{0, 1}, {0, 1}}), HasSubstr("there twice"));
  EXPECT_THAT(message({{0, 1, 2}}), HasSubstr("an arc is [from, to]"));
  EXPECT_THAT(message({}), HasSubstr("found none"));
}

TEST(RandomMatching, PairsEveryoneOff) {
  const MixingSequence mixing = random_matching_graph(10, 20, 7);
  ASSERT_EQ(mixing.period(), 20U);
  for (Round t = 1; t <= 20; ++t)
    for (NodeId i = 0; i < 10; ++i) {
      ASSERT_EQ(mixing.senders(t, i).size(), 1U);
      const NodeId partner = mixing.senders(t, i).front();
      ASSERT_THAT(mixing.senders(t, partner), ElementsAre(i));
      ASSERT_EQ(mixing.at(t)(i, partner), 0.5);
    }
  EXPECT_TRUE(mixing.is_symmetric());
  EXPECT_TRUE(mixing.is_doubly_stochastic());
  EXPECT_EQ(mixing, random_matching_graph(10, 20, 7));
  EXPECT_NE(mixing, random_matching_graph(10, 20, 8));
}

TEST(RandomMatching, LeavesOneOfAnOddNumberAlone) {
  const MixingSequence mixing = random_matching_graph(7, 50, 3);
  std::vector<int> rests(7, 0);
  for (Round t = 1; t <= 50; ++t) {
    int alone = 0;
    for (NodeId i = 0; i < 7; ++i)
      if (mixing.senders(t, i).empty()) {
        ++alone;
        ++rests[i];
      }
    ASSERT_EQ(alone, 1) << t;
  }
  EXPECT_GT(*std::min_element(rests.begin(), rests.end()), 0);
}

TEST(MixingSequence, OfAFixedGraphIsTheSameInEveryRound) {
  const Topology ring = ring_graph(6);
  const MixingSequence mixing = metropolis_weights(ring);
  EXPECT_TRUE(mixing.is_fixed());
  EXPECT_TRUE(mixing.is_symmetric());
  EXPECT_EQ(&mixing.at(1), &mixing.at(17));
  EXPECT_EQ(mixing.senders(4, 0), ring.neighbours(0));
  EXPECT_EQ(mixing.receivers(4, 0), ring.neighbours(0));
  EXPECT_EQ(union_graph(mixing), ring);
}

TEST(MixingSequence, OfAFixedGraphContractsAtItsSecondEigenvalue) {
  for (const std::size_t n : {3U, 8U, 25U}) {
    const MixingMatrix w = metropolis_weights(ring_graph(n));
    EXPECT_NEAR(period_contraction(w), spectrum(w).contraction(), 1e-6) << n;
  }
}

}  // namespace
}  // namespace hearsay
