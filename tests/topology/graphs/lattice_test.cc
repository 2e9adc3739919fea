#include "topology/graphs/lattice.h"

#include <gtest/gtest.h>

#include "tests/topology/parts.h"

namespace hearsay {
namespace {

std::pair<std::size_t, std::size_t> sides(const std::vector<Entry>& settings) {
  const Lattice lattice = lattice_sides(test::graph_params("grid", settings));
  return {lattice.rows, lattice.columns};
}

using Sides = std::pair<std::size_t, std::size_t>;

TEST(Lattice, IsAsSquareAsTheNodesAllow) {
  EXPECT_EQ(sides({{"nodes", 9}}), Sides(3, 3));
  EXPECT_EQ(sides({{"nodes", 8}}), Sides(2, 4));
  EXPECT_EQ(sides({{"nodes", 60}}), Sides(6, 10));
  EXPECT_EQ(sides({{"nodes", 7}}), Sides(1, 7));
  EXPECT_EQ(sides({{"nodes", 1}}), Sides(1, 1));
}

TEST(Lattice, TakesSidesWithOrWithoutTheirProduct) {
  EXPECT_EQ(sides({{"rows", 5}, {"columns", 2}}), Sides(5, 2));
  EXPECT_EQ(sides({{"rows", 5}, {"columns", 2}, {"nodes", 10}}), Sides(5, 2));
  EXPECT_EQ(sides({{"rows", 5}, {"nodes", 20}}), Sides(5, 4));
  EXPECT_EQ(sides({{"columns", 5}, {"nodes", 20}}), Sides(4, 5));
}

TEST(Lattice, RefusesWhatDoesNotFit) {
  auto refused = test::refusal([] { sides({{"rows", 5}, {"columns", 2}, {"nodes", 11}}); });
  EXPECT_EQ(refused.key, "nodes");
  EXPECT_EQ(refused.message, "must be 10 for 5 rows and 2 columns");
  refused = test::refusal([] { sides({{"rows", 3}, {"nodes", 10}}); });
  EXPECT_EQ(refused.key, "rows");
  EXPECT_EQ(refused.message, "10 nodes cannot be split into 3 rows");
  refused = test::refusal([] { sides({{"columns", 3}, {"nodes", 10}}); });
  EXPECT_EQ(refused.key, "columns");
  EXPECT_EQ(test::refusal([] { sides({}); }).key, "nodes");
  EXPECT_EQ(test::refusal([] { sides({{"rows", 3}}); }).key, "nodes");
}

}  // namespace
}  // namespace hearsay
