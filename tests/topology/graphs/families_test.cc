// Every graph with a formula: edges, degrees and diameter.
#include <gtest/gtest.h>

#include "tests/topology/parts.h"
#include "topology/graphs/exponential.h"
#include "topology/graphs/hypercube.h"
#include "topology/graphs/torus.h"
#include "topology/report.h"

namespace hearsay {
namespace {

struct Family {
  std::string name;
  std::int64_t nodes;
  std::size_t edges;
  std::size_t min_degree;
  std::size_t max_degree;
  std::size_t diameter;
  bool bipartite;
};

class FamilyTest : public testing::TestWithParam<Family> {};

TEST_P(FamilyTest, HasItsFormulas) {
  const Family& family = GetParam();
  const GraphFacts facts = graph_facts(test::graph(family.name, {{"nodes", family.nodes}}));
  EXPECT_EQ(facts.nodes, static_cast<std::size_t>(family.nodes));
  EXPECT_EQ(facts.edges, family.edges);
  EXPECT_EQ(facts.min_degree, family.min_degree);
  EXPECT_EQ(facts.max_degree, family.max_degree);
  EXPECT_EQ(facts.diameter, family.diameter);
  EXPECT_EQ(facts.bipartite, family.bipartite);
  EXPECT_EQ(facts.components, 1U);
  EXPECT_TRUE(facts.diameter_is_exact);
  EXPECT_DOUBLE_EQ(facts.mean_degree,
                   2.0 * static_cast<double>(family.edges) / static_cast<double>(family.nodes));
}

INSTANTIATE_TEST_SUITE_P(
    AllFamilies, FamilyTest,
    testing::Values(
        Family{"ring", 1, 0, 0, 0, 0, true}, Family{"ring", 2, 1, 1, 1, 1, true},
        Family{"ring", 3, 3, 2, 2, 1, false}, Family{"ring", 8, 8, 2, 2, 4, true},
        Family{"ring", 9, 9, 2, 2, 4, false}, Family{"ring", 2001, 2001, 2, 2, 1000, false},
        Family{"path", 1, 0, 0, 0, 0, true}, Family{"path", 7, 6, 1, 2, 6, true},
        Family{"star", 1, 0, 0, 0, 0, true}, Family{"star", 2, 1, 1, 1, 1, true},
        Family{"star", 21, 20, 1, 20, 2, true}, Family{"complete", 1, 0, 0, 0, 0, true},
        Family{"complete", 7, 21, 6, 6, 1, false},
        Family{"complete", 600, 179700, 599, 599, 1, false}, Family{"torus", 4, 4, 2, 2, 2, true},
        Family{"torus", 8, 12, 3, 3, 3, true}, Family{"torus", 9, 18, 4, 4, 2, false},
        Family{"torus", 64, 128, 4, 4, 8, true}, Family{"grid", 7, 6, 1, 2, 6, true},
        Family{"grid", 12, 17, 2, 4, 5, true}, Family{"hypercube", 1, 0, 0, 0, 0, true},
        Family{"hypercube", 64, 192, 6, 6, 6, true}, Family{"exponential", 1, 0, 0, 0, 0, true},
        Family{"exponential", 2, 1, 1, 1, 1, true}, Family{"exponential", 4, 6, 3, 3, 1, false},
        Family{"exponential", 8, 20, 5, 5, 2, false}, Family{"exponential", 16, 56, 7, 7, 2, false},
        Family{"binary-tree", 1, 0, 0, 0, 0, true}, Family{"binary-tree", 7, 6, 1, 3, 4, true},
        Family{"binary-tree", 10, 9, 1, 3, 5, true}),
    [](const auto& family) {
      std::string name = family.param.name + std::to_string(family.param.nodes);
      std::erase(name, '-');
      return name;
    });

TEST(StarGraph, HasNodeZeroInItsCentre) {
  EXPECT_EQ(test::graph("star", {{"nodes", 4}}).neighbours(0), (std::vector<NodeId>{1, 2, 3}));
}

TEST(TorusGraph, JoinsTheEndsOfRowsAndColumns) {
  const Topology torus = torus_graph(3, 4);
  EXPECT_EQ(torus.neighbours(0), (std::vector<NodeId>{1, 3, 4, 8}));
  EXPECT_EQ(torus.neighbours(7), (std::vector<NodeId>{3, 4, 6, 11}));
}

TEST(TorusGraph, RefusesAPrimeNumberOfNodes) {
  const auto refused = test::refusal([] { test::graph("torus", {{"nodes", 7}}); });
  EXPECT_EQ(refused.key, "nodes");
  EXPECT_NE(refused.message.find("1 x 7"), std::string::npos) << refused.message;
}

TEST(HypercubeGraph, JoinsNumbersThatDifferInOneBit) {
  EXPECT_EQ(hypercube_graph(8).neighbours(5), (std::vector<NodeId>{1, 4, 7}));
}

TEST(HypercubeGraph, RefusesOtherThanPowersOfTwoAndOffersThoseNearby) {
  const auto refused = test::refusal([] { test::graph("hypercube", {{"nodes", 7}}); });
  EXPECT_EQ(refused.key, "nodes");
  EXPECT_EQ(refused.message, "must be a power of two for a hypercube, such as 4 or 8, not 7");
}

TEST(ExponentialGraph, JoinsAtPowersOfTwoBothWays) {
  EXPECT_EQ(exponential_graph(12).neighbours(0), (std::vector<NodeId>{1, 2, 4, 8, 10, 11}));
  EXPECT_EQ(exponential_graph(11).neighbours(3), (std::vector<NodeId>{0, 1, 2, 4, 5, 6, 7, 10}));
}

TEST(CompleteGraph, RefusesToFillTheMemory) {
  const auto refused = test::refusal([] { test::graph("complete", {{"nodes", 100000}}); });
  EXPECT_EQ(refused.key, "nodes");
  EXPECT_NE(refused.message.find("4999950000 edges"), std::string::npos) << refused.message;
}

}  // namespace
}  // namespace hearsay
