// What is left of a network when nodes are lost.
#include "nodes/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "topology/mixing/metropolis.h"

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Network ring(std::size_t nodes) {
  std::vector<Edge> edges;
  for (NodeId k = 0; k < nodes; ++k) {
    const NodeId next = (k + 1) % static_cast<NodeId>(nodes);
    edges.push_back({std::min(k, next), std::max(k, next)});
  }
  Network network;
  network.graph = Topology(nodes, edges);
  network.mixing = metropolis_weights(network.graph);
  return network;
}

TEST(Without, KeepsTheEdgesOfTheOthersAndAMatrixThatKeepsTheMean) {
  const Network rest = without(ring(6), {false, false, true, false, false, false});
  EXPECT_EQ(rest.nodes(), 6U);
  EXPECT_FALSE(rest.has(2));
  EXPECT_TRUE(rest.has(3));
  EXPECT_THAT(rest.graph.neighbours(2), IsEmpty());
  EXPECT_THAT(rest.graph.neighbours(3), ElementsAre(4));
  EXPECT_TRUE(rest.mixing.is_symmetric());
  EXPECT_TRUE(rest.mixing.is_doubly_stochastic());
  // By the degrees that are left: 3 and 4 have one neighbour and two.
  EXPECT_DOUBLE_EQ(rest.w()(3, 4), 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(rest.w()(3, 3), 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(rest.w()(2, 2), 1.0);
}

TEST(Without, NobodyIsTheWholeWithMetropolisWeights) {
  const Network whole = ring(5);
  const Network same = without(whole, std::vector<bool>(5, false));
  EXPECT_EQ(same.graph, whole.graph);
  EXPECT_EQ(same.mixing, whole.mixing);
  EXPECT_THAT(components(same), ElementsAre(ElementsAre(0, 1, 2, 3, 4)));
}

TEST(Components, NameThePiecesOfWhatIsLeft) {
  std::vector<bool> lost(7, false);
  lost[1] = lost[4] = true;
  EXPECT_THAT(components(without(ring(7), lost)),
              ElementsAre(ElementsAre(0, 5, 6), ElementsAre(2, 3)));
}

TEST(Components, OfNothingAreNone) {
  EXPECT_THAT(components(without(ring(3), {true, true, true})), IsEmpty());
}

}  // namespace
}  // namespace hearsay
