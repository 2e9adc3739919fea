#include "topology/topology.h"

#include <gtest/gtest.h>

#include "tests/topology/parts.h"

namespace hearsay {
namespace {

using Nodes = std::vector<NodeId>;

TEST(Topology, OrdersEdgesAndNeighbours) {
  const Topology graph(4, {{3, 1}, {2, 0}, {1, 0}, {2, 1}});
  EXPECT_EQ(graph.nodes(), 4U);
  EXPECT_EQ(graph.edges(), (std::vector<Edge>{{0, 1}, {0, 2}, {1, 2}, {1, 3}}));
  EXPECT_EQ(graph.neighbours(0), (Nodes{1, 2}));
  EXPECT_EQ(graph.neighbours(1), (Nodes{0, 2, 3}));
  EXPECT_EQ(graph.neighbours(2), (Nodes{0, 1}));
  EXPECT_EQ(graph.neighbours(3), (Nodes{1}));
  EXPECT_EQ(graph.degree(1), 3U);
}

TEST(Topology, IsTheSameHoweverItsEdgesAreWritten) {
  EXPECT_EQ(Topology(3, {{0, 1}, {1, 2}}), Topology(3, {{2, 1}, {1, 0}}));
  EXPECT_NE(Topology(3, {{0, 1}, {1, 2}}), Topology(3, {{0, 1}, {0, 2}}));
  EXPECT_NE(Topology(3, {{0, 1}}), Topology(4, {{0, 1}}));
}

TEST(Topology, RefusesASelfLoop) {
  const auto refused = test::refusal([] { Topology(4, {{0, 1}, {3, 3}}); });
  EXPECT_EQ(refused.key, "edges");
  EXPECT_EQ(refused.message, "edge 3-3 is a self-loop");
}

TEST(Topology, RefusesARepeatedEdgeInEitherDirection) {
  EXPECT_EQ(test::refusal([] {
              Topology(4, {{2, 1}, {0, 1}, {1, 2}});
            }).message,
            "edge 1-2 is repeated");
}

TEST(Topology, RefusesANodeThatIsNotThere) {
  EXPECT_EQ(test::refusal([] {
              Topology(4, {{0, 4}});
            }).message,
            "edge 0-4 names a node that is not there: the graph has 4 nodes, numbered from 0");
}

}  // namespace
}  // namespace hearsay
