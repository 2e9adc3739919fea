#include "topology/graphs/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/topology/parts.h"
#include "topology/graphs/erdos_renyi.h"
#include "topology/graphs/random_regular.h"
#include "topology/graphs/watts_strogatz.h"
#include "topology/traversal.h"

namespace hearsay {
namespace {

std::string words(const test::Refusal& refused) {
  return refused.key + ": " + refused.message;
}

TEST(FirstConnected, DrawsAgainWithTheNextIndex) {
  std::vector<std::uint64_t> states;
  const Topology graph = first_connected(
      [&](Stream& stream) -> std::optional<Topology> {
        states.push_back(stream.state());
        if (states.size() == 1) return std::nullopt;
        if (states.size() == 2) return Topology(2, {});
        return Topology(2, {{0, 1}});
      },
      7, "probability", "");
  EXPECT_EQ(graph.edges().size(), 1U);
  ASSERT_EQ(states.size(), 3U);
  for (std::uint64_t index = 0; index < 3; ++index)
    EXPECT_EQ(states[index],
              Stream(StreamKey{.seed = 7, .purpose = Purpose::graph, .index = index}).state());
}

TEST(FirstConnected, GivesUpAndSaysWhatToDo) {
  const auto refused = test::refusal([] {
    first_connected([](Stream&) { return Topology(2, {}); }, 1, "probability", "raise it");
  });
  EXPECT_EQ(refused.key, "probability");
  EXPECT_EQ(refused.message, "none of 200 random graphs was connected; raise it");
}

class RandomRegular : public testing::TestWithParam<std::pair<std::size_t, std::size_t>> {};

TEST_P(RandomRegular, HasOneDegreeAndIsConnected) {
  const std::size_t nodes = GetParam().first;
  const std::size_t degree = GetParam().second;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Topology graph = random_regular_graph(nodes, degree, seed);
    ASSERT_EQ(graph.nodes(), nodes);
    for (NodeId node = 0; node < nodes; ++node) ASSERT_EQ(graph.degree(node), degree);
    EXPECT_TRUE(is_connected(graph));
  }
}

INSTANTIATE_TEST_SUITE_P(SparseToComplete, RandomRegular,
                         testing::Values(std::pair{2U, 1U}, std::pair{10U, 2U}, std::pair{4U, 3U},
                                         std::pair{20U, 3U}, std::pair{8U, 4U}, std::pair{50U, 24U},
                                         std::pair{50U, 25U}, std::pair{30U, 28U},
                                         std::pair{30U, 29U}));

TEST(RandomRegularGraph, OfTenThousandNodesIsConnected) {
  const Topology graph = random_regular_graph(10000, 4, 1);
  EXPECT_EQ(graph.edges().size(), 20000U);
  EXPECT_TRUE(is_connected(graph));
}

TEST(RandomRegularGraph, IsSpreadOverAllPairs) {
  // Every edge of a random 3-regular graph on 6 nodes is as likely as any other: 9 of 15.
  std::vector<int> seen(36, 0);
  constexpr int kDraws = 2000;
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
    const Topology graph = random_regular_graph(6, 3, seed);
    for (const Edge& edge : graph.edges()) ++seen[edge.a * 6 + edge.b];
  }
  const double mean = 0.6 * kDraws;
  const double deviation = std::sqrt(kDraws * 0.6 * 0.4);
  for (NodeId a = 0; a < 6; ++a)
    for (NodeId b = a + 1; b < 6; ++b) EXPECT_NEAR(seen[a * 6 + b], mean, 5 * deviation);
}

TEST(RandomRegularGraph, RefusesImpossibleDegrees) {
  EXPECT_EQ(words(test::refusal([] { random_regular_graph(5, 3, 1); })),
            "degree: nodes * degree must be even, as every edge has two ends: 5 * 3 is odd");
  EXPECT_EQ(words(test::refusal([] { random_regular_graph(4, 4, 1); })),
            "degree: must be below the number of nodes: 4 >= 4");
  // Of degree 1 no more than two nodes hang together.
  EXPECT_NE(test::refusal([] { random_regular_graph(6, 1, 1); }).message.find("connected"),
            std::string::npos);
}

TEST(ErdosRenyiGraph, HasAsManyEdgesAsExpected) {
  constexpr std::size_t kNodes = 400;
  constexpr double kProbability = 0.05;
  const double pairs = kNodes * (kNodes - 1) / 2.0;
  const double mean = kProbability * pairs;
  const double deviation = std::sqrt(mean * (1 - kProbability));
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Topology graph = erdos_renyi_graph(kNodes, kProbability, seed);
    EXPECT_NEAR(static_cast<double>(graph.edges().size()), mean, 5 * deviation);
    EXPECT_TRUE(is_connected(graph));
  }
}

TEST(ErdosRenyiGraph, JoinsEveryPairEquallyOften) {
  std::vector<int> seen(36, 0);
  int total = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Topology graph = erdos_renyi_graph(6, 0.7, seed);
    for (const Edge& edge : graph.edges()) {
      ++seen[edge.a * 6 + edge.b];
      ++total;
    }
  }
  const double mean = total / 15.0;
  for (NodeId a = 0; a < 6; ++a)
    for (NodeId b = a + 1; b < 6; ++b)
      EXPECT_NEAR(seen[a * 6 + b], mean, 5 * std::sqrt(2000 * 0.25)) << a << '-' << b;
}

TEST(ErdosRenyiGraph, OfProbabilityOneIsComplete) {
  EXPECT_EQ(erdos_renyi_graph(9, 1.0, 3).edges().size(), 36U);
  EXPECT_EQ(erdos_renyi_graph(1, 0.5, 3).nodes(), 1U);
}

TEST(ErdosRenyiGraph, ExplainsWhyItCannotBeConnected) {
  const auto refused = test::refusal([] { erdos_renyi_graph(100, 0.001, 1); });
  EXPECT_EQ(refused.key, "probability");
  EXPECT_NE(refused.message.find("ln(n)/n = 0.046"), std::string::npos) << refused.message;
  EXPECT_EQ(test::refusal([] { erdos_renyi_graph(100, 1e-300, 1); }).key, "probability");
}

TEST(WattsStrogatzGraph, WithoutRewiringIsTheRingLattice) {
  const Topology graph = watts_strogatz_graph(10, 4, 0.0, 1);
  EXPECT_EQ(graph.neighbours(0), (std::vector<NodeId>{1, 2, 8, 9}));
  EXPECT_EQ(graph.neighbours(5), (std::vector<NodeId>{3, 4, 6, 7}));
}

TEST(WattsStrogatzGraph, KeepsItsEdgesAndRewiresTheirShare) {
  const Topology lattice = watts_strogatz_graph(1000, 6, 0.0, 1);
  const Topology graph = watts_strogatz_graph(1000, 6, 0.2, 1);
  EXPECT_EQ(graph.edges().size(), 3000U);
  std::vector<Edge> kept;
  std::set_intersection(graph.edges().begin(), graph.edges().end(), lattice.edges().begin(),
                        lattice.edges().end(), std::back_inserter(kept));
  EXPECT_NEAR(static_cast<double>(kept.size()), 2400.0, 5 * std::sqrt(3000 * 0.2 * 0.8));
  for (NodeId node = 0; node < 1000; ++node) EXPECT_GE(graph.degree(node), 3U);
  EXPECT_LT(diameter(graph).hops, diameter(lattice).hops / 5);
}

TEST(WattsStrogatzGraph, HasNothingToRewireWhenComplete) {
  EXPECT_EQ(watts_strogatz_graph(7, 6, 1.0, 1).edges().size(), 21U);
}

TEST(WattsStrogatzGraph, RefusesImpossibleDegrees) {
  EXPECT_EQ(words(test::refusal([] { watts_strogatz_graph(10, 3, 0.1, 1); })),
            "degree: must be even, half of it on either side, not 3");
  EXPECT_EQ(words(test::refusal([] { watts_strogatz_graph(4, 4, 0.1, 1); })),
            "degree: must be below the number of nodes: 4 >= 4");
}

TEST(RandomGraphs, AreMadeBySeed) {
  const std::vector<Params> settings = {
      test::graph_params("random-regular", {{"nodes", 40}, {"degree", 4}}),
      test::graph_params("erdos-renyi", {{"nodes", 40}, {"probability", 0.2}}),
      test::graph_params("watts-strogatz", {{"nodes", 40}, {"rewire", 0.3}})};
  for (const Params& params : settings) {
    EXPECT_EQ(make_topology(params, 5), make_topology(params, 5)) << params.part();
    EXPECT_NE(make_topology(params, 5), make_topology(params, 6)) << params.part();
  }
}

TEST(RandomGraphs, StayTheSameFromReleaseToRelease) {
  const auto edges = [](const Topology& graph) { return graph.edges(); };
  EXPECT_EQ(edges(random_regular_graph(8, 3, 1)), (std::vector<Edge>{{0, 4},
                                                                     {0, 5},
                                                                     {0, 7},
                                                                     {1, 2},
                                                                     {1, 4},
                                                                     {1, 5},
                                                                     {2, 3},
                                                                     {2, 6},
                                                                     {3, 5},
                                                                     {3, 7},
                                                                     {4, 6},
                                                                     {6, 7}}));
  EXPECT_EQ(edges(erdos_renyi_graph(6, 0.5, 1)),
            (std::vector<Edge>{{0, 3}, {0, 4}, {1, 2}, {1, 4}, {1, 5}, {2, 3}, {3, 5}}));
  EXPECT_EQ(edges(watts_strogatz_graph(6, 2, 0.5, 1)),
            (std::vector<Edge>{{0, 1}, {0, 5}, {1, 2}, {1, 3}, {3, 4}, {4, 5}}));
}

}  // namespace
}  // namespace hearsay
