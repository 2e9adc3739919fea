#include "topology/traversal.h"

#include <gtest/gtest.h>

#include "topology/graphs/complete.h"
#include "topology/graphs/grid.h"
#include "topology/graphs/path.h"
#include "topology/graphs/random_regular.h"
#include "topology/graphs/ring.h"
#include "topology/graphs/star.h"

namespace hearsay {
namespace {

TEST(Traversal, NumbersComponentsByTheirLowestNodes) {
  const Topology graph(6, {{0, 3}, {1, 5}, {3, 4}});
  EXPECT_EQ(component_labels(graph), (std::vector<std::size_t>{0, 1, 2, 0, 0, 1}));
  EXPECT_FALSE(is_connected(graph));
}

TEST(Traversal, ASingleNodeIsConnectedAndNoNodeIsNot) {
  EXPECT_TRUE(is_connected(Topology(1, {})));
  EXPECT_FALSE(is_connected(Topology(0, {})));
}

TEST(Traversal, RingsAreBipartiteWhenEven) {
  EXPECT_TRUE(is_bipartite(ring_graph(6)));
  EXPECT_FALSE(is_bipartite(ring_graph(7)));
  EXPECT_TRUE(is_bipartite(star_graph(9)));
  EXPECT_TRUE(is_bipartite(grid_graph(3, 5)));
  EXPECT_FALSE(is_bipartite(complete_graph(3)));
}

TEST(Traversal, BipartiteMeansEveryComponent) {
  EXPECT_FALSE(is_bipartite(Topology(5, {{0, 1}, {2, 3}, {3, 4}, {2, 4}})));
}

TEST(Traversal, HopsAreShortestPaths) {
  const auto hops = all_hops(Topology(5, {{0, 1}, {1, 2}, {0, 2}, {2, 3}}));
  EXPECT_EQ(hops[0], (std::vector<std::uint32_t>{0, 1, 1, 2, kNoPath}));
  EXPECT_EQ(hops[3], (std::vector<std::uint32_t>{2, 2, 1, 0, kNoPath}));
  EXPECT_EQ(hops[4], (std::vector<std::uint32_t>{kNoPath, kNoPath, kNoPath, kNoPath, 0}));
}

TEST(Diameter, IsTheLongestWithinAComponent) {
  EXPECT_EQ(diameter(Topology(7, {{0, 1}, {2, 3}, {3, 4}, {4, 5}})).hops, 3U);
  EXPECT_EQ(diameter(Topology(3, {})).hops, 0U);
  EXPECT_EQ(diameter(Topology(0, {})).hops, 0U);
}

TEST(Diameter, EqualsTheLargestOfAllHops) {
  const Topology graph = random_regular_graph(200, 3, 5);
  std::uint32_t most = 0;
  for (const auto& row : all_hops(graph))
    for (const std::uint32_t hops : row) most = std::max(most, hops);
  EXPECT_EQ(diameter(graph).hops, most);
}

TEST(Diameter, AboveTheLimitIsALowerBoundThatSaysSo) {
  const Topology graph = random_regular_graph(300, 3, 2);
  const Diameter exact = diameter(graph);
  const Diameter bound = diameter(graph, 299);
  EXPECT_TRUE(exact.exact);
  EXPECT_FALSE(bound.exact);
  EXPECT_LE(bound.hops, exact.hops);
  EXPECT_GE(2 * bound.hops, exact.hops);  // any eccentricity is at least half the diameter
}

TEST(Diameter, DoubleSweepsFindTheEndsOfATree) {
  EXPECT_EQ(diameter(path_graph(100), 10).hops, 99U);
}

TEST(WeakPoints, AreTheBridgesAndTheirInnerEnds) {
  // A triangle 0 1 2 with a tail 2 - 3 - 4.
  const WeakPoints weak = weak_points(Topology(5, {{0, 1}, {1, 2}, {0, 2}, {2, 3}, {3, 4}}));
  EXPECT_EQ(weak.bridges, (std::vector<Edge>{{2, 3}, {3, 4}}));
  EXPECT_EQ(weak.cut_nodes, (std::vector<NodeId>{2, 3}));
}

TEST(WeakPoints, AreNotOnARing) {
  const WeakPoints weak = weak_points(Topology(4, {{0, 1}, {1, 2}, {2, 3}, {0, 3}}));
  EXPECT_TRUE(weak.bridges.empty());
  EXPECT_TRUE(weak.cut_nodes.empty());
}

TEST(WeakPoints, OfALongPathAreFoundWithoutDeepRecursion) {
  constexpr NodeId kNodes = 100'000;
  std::vector<Edge> edges;
  for (NodeId node = 0; node + 1 < kNodes; ++node) edges.push_back({node, node + 1});
  const WeakPoints weak = weak_points(Topology(kNodes, edges));
  EXPECT_EQ(weak.bridges.size(), kNodes - 1U);
  EXPECT_EQ(weak.cut_nodes.size(), kNodes - 2U);
}

}  // namespace
}  // namespace hearsay
