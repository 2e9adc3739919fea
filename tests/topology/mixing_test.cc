#include "topology/mixing.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/topology/parts.h"
#include "topology/graphs/complete.h"
#include "topology/graphs/path.h"
#include "topology/graphs/ring.h"
#include "topology/graphs/star.h"

namespace hearsay {
namespace {

using Rows = std::vector<std::vector<double>>;

Rows dense(const MixingMatrix& w) {
  Rows result(w.nodes(), std::vector<double>(w.nodes()));
  for (NodeId i = 0; i < w.nodes(); ++i)
    for (NodeId j = 0; j < w.nodes(); ++j) result[i][j] = w(i, j);
  return result;
}

void expect_near(const MixingMatrix& w, const Rows& expected) {
  const Rows actual = dense(w);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (std::size_t j = 0; j < expected.size(); ++j)
      EXPECT_NEAR(actual[i][j], expected[i][j], 1e-15) << i << ", " << j;
}

TEST(MixingRegistry, KnowsTheNamesOfTheConfig) {
  EXPECT_EQ(mixing_catalogue().names(),
            (std::vector<std::string>{"metropolis", "lazy-metropolis", "max-degree", "uniform",
                                      "explicit"}));
  for (const PartInfo* part : mixing_catalogue().parts()) EXPECT_EQ(part->selector, "kind");
}

// The path 0 - 1 - 2 - 3 with the leaf 4 at node 1: degrees 1, 3, 2, 1, 1.
const Topology& small_tree() {
  static const Topology kTree(5, {{0, 1}, {1, 2}, {2, 3}, {1, 4}});
  return kTree;
}

TEST(Metropolis, IsOneOverOnePlusTheLargerDegree) {
  const double third = 1.0 / 3.0;
  expect_near(test::mixing("metropolis", small_tree()), {{0.75, 0.25, 0, 0, 0},
                                                         {0.25, 0.25, 0.25, 0, 0.25},
                                                         {0, 0.25, 1 - 0.25 - third, third, 0},
                                                         {0, 0, third, 1 - third, 0},
                                                         {0, 0.25, 0, 0, 0.75}});
}

TEST(Metropolis, OnTheCompleteGraphIsTheExactAverage) {
  for (const auto& row : dense(test::mixing("metropolis", complete_graph(7))))
    for (const double weight : row) EXPECT_NEAR(weight, 1.0 / 7.0, 1e-15);
}

TEST(LazyMetropolis, IsOneOverTwiceTheLargerDegree) {
  const double sixth = 1.0 / 6.0;
  expect_near(test::mixing("lazy-metropolis", small_tree()), {{1 - sixth, sixth, 0, 0, 0},
                                                              {sixth, 0.5, sixth, 0, sixth},
                                                              {0, sixth, 0.75 - sixth, 0.25, 0},
                                                              {0, 0, 0.25, 0.75, 0},
                                                              {0, sixth, 0, 0, 1 - sixth}});
}

TEST(MaxDegree, IsTheSameOnEveryEdge) {
  expect_near(test::mixing("max-degree", small_tree()), {{0.75, 0.25, 0, 0, 0},
                                                         {0.25, 0.25, 0.25, 0, 0.25},
                                                         {0, 0.25, 0.5, 0.25, 0},
                                                         {0, 0, 0.25, 0.75, 0},
                                                         {0, 0.25, 0, 0, 0.75}});
}

TEST(Uniform, OnARingIsAThird) {
  const MixingMatrix w = test::mixing("uniform", ring_graph(5));
  EXPECT_EQ(w(0, 4), 1.0 / 3.0);
  EXPECT_EQ(w(0, 0), 1.0 - (1.0 / 3.0 + 1.0 / 3.0));
  EXPECT_EQ(w(0, 2), 0.0);
}

TEST(Uniform, IsRefusedOnIrregularGraphs) {
  const auto refused = test::refusal([] { test::mixing("uniform", star_graph(5)); });
  EXPECT_EQ(refused.key, "mixing");
  EXPECT_EQ(refused.message,
            "uniform weights need a regular graph, but node 0 has degree 4 and node 1 has degree "
            "1; use metropolis");
}

TEST(MixingMatrix, OfASingleNodeIsOne) {
  for (const std::string kind : {"metropolis", "lazy-metropolis", "max-degree", "uniform"})
    EXPECT_EQ(dense(test::mixing(kind, ring_graph(1))), (Rows{{1.0}})) << kind;
}

TEST(MixingMatrix, KeepsRowsAscendingWithTheDiagonal) {
  const MixingMatrix w = test::mixing("max-degree", ring_graph(4));
  const auto& row = w.row(2);
  ASSERT_EQ(row.size(), 3U);
  EXPECT_EQ(row[0].node, 1U);
  EXPECT_EQ(row[1].node, 2U);
  EXPECT_EQ(row[2].node, 3U);
}

TEST(Explicit, IsTheMatrixAsWritten) {
  const Rows matrix{{0.7, 0.3, 0.0}, {0.3, 0.5, 0.2}, {0.0, 0.2, 0.8}};
  expect_near(test::explicit_mixing(matrix, path_graph(3)), matrix);
}

TEST(Explicit, KeepsEdgesWithoutWeight) {
  const MixingMatrix w =
      test::explicit_mixing({{0.5, 0.5, 0}, {0.5, 0.5, 0}, {0, 0, 1}}, complete_graph(3));
  EXPECT_EQ(w.row(2).size(), 3U);
  EXPECT_EQ(w(2, 2), 1.0);
}

TEST(Explicit, MayRoundInTheTenthDigit) {
  const double third = 0.3333333333;
  const MixingMatrix w = test::explicit_mixing(
      {{third, third, third}, {third, third, third}, {third, third, third}}, complete_graph(3));
  EXPECT_EQ(w(0, 0), 1.0 - (third + third));
}

TEST(Explicit, NamesWhatBreaksACondition) {
  const Topology path = path_graph(3);
  const auto message = [&](const Rows& matrix) {
    const auto refused = test::refusal([&] { test::explicit_mixing(matrix, path); });
    EXPECT_EQ(refused.key, "mixing");
    return refused.message;
  };
  EXPECT_EQ(message({{0.7, 0.3, 0}, {0.3, 0.4, 0.2}, {0, 0.2, 0.8}}),
            "row 1 sums to 0.9, must be 1");
  EXPECT_EQ(message({{0.6, 0.3, 0.1}, {0.3, 0.5, 0.2}, {0.1, 0.2, 0.7}}),
            "w[0][2] = 0.1 but 0-2 is no edge");
  EXPECT_EQ(message({{0.7, 0.3, 0}, {0.3, 0.4, 0.3}, {0, 0.2, 0.8}}),
            "w[1][2] = 0.3 differs from w[2][1] = 0.2");
  EXPECT_EQ(message({{1.3, -0.3, 0}, {-0.3, 1.1, 0.2}, {0, 0.2, 0.8}}),
            "negative entry: w[0][1] = -0.3");
  EXPECT_EQ(message({{0.7, 0.3, 0}, {0.3, 0.5}, {0, 0.2, 0.8}}),
            "row 1 of the matrix has 2 entries, must have 3");
  EXPECT_EQ(message({{0.5, 0.5}, {0.5, 0.5}}), "the matrix has 2 rows, but the graph has 3 nodes");
  EXPECT_EQ(message({{0.7, 0.3, 0}, {0.3, 0.5, std::nan("")}, {0, 0.2, 0.8}}),
            "w[1][2] = nan is no number");
}

}  // namespace
}  // namespace hearsay
