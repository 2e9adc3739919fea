#include "topology/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/topology/parts.h"

namespace hearsay {
namespace {

using namespace hearsay::test;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<Finding> of_fixed(const std::string& kind, const Topology& graph, const MixingMatrix& w,
                              Round rounds = 500) {
  return examine({graph, w, spectrum(w), kind, rounds});
}

/// With lazy-metropolis weights, on which d2 is safe.
std::vector<Finding> of_graph(const std::string& kind, const std::vector<Entry>& settings,
                              Round rounds = 500) {
  const Topology built = graph(kind, settings);
  return of_fixed(kind, built, mixing("lazy-metropolis", built), rounds);
}

std::vector<Finding> of_edges(std::size_t nodes, std::vector<Edge> edges) {
  const Topology built(nodes, std::move(edges));
  return of_fixed("edges", built, mixing("lazy-metropolis", built));
}

std::vector<Finding> of_sequence(const std::string& kind, const std::vector<Entry>& settings,
                                 Round rounds = 500) {
  const MixingSequence built = make_mixing_sequence(graph_params(kind, settings), 1);
  const Topology all = union_graph(built);
  return examine({all, built, {}, kind, rounds});
}

MATCHER_P(Warns, text, "") {
  return arg.severity == Finding::Severity::warning && arg.text.find(text) != std::string::npos;
}

TEST(Doctor, FindsNothingOnHealthyGraphs) {
  EXPECT_THAT(of_graph("ring", {{"nodes", 8}}), IsEmpty());
  EXPECT_THAT(of_graph("torus", {{"nodes", 25}}), IsEmpty());
  EXPECT_THAT(of_graph("complete", {{"nodes", 5}}), IsEmpty());
  EXPECT_THAT(of_graph("path", {{"nodes", 2}}), IsEmpty());
  EXPECT_THAT(of_graph("ring", {{"nodes", 1}}), IsEmpty());
  EXPECT_THAT(of_sequence("one-peer-exponential", {{"nodes", 8}}), IsEmpty());
  EXPECT_THAT(of_sequence("random-matching", {{"nodes", 8}}), IsEmpty());
  EXPECT_THAT(of_sequence("directed-exponential", {{"nodes", 8}}), IsEmpty());
}

TEST(Doctor, SaysOnceThatATreeBreaksEverywhere) {
  EXPECT_THAT(of_graph("binary-tree", {{"nodes", 7}}), ElementsAre(Warns("any of its 6 edges")));
  EXPECT_THAT(of_graph("star", {{"nodes", 6}}), ElementsAre(Warns("the loss of node 0 splits")));
}

TEST(Doctor, NamesBridges) {
  // Two triangles and an edge between them.
  EXPECT_THAT(of_edges(6, {{0, 1}, {1, 2}, {0, 2}, {2, 3}, {3, 4}, {4, 5}, {3, 5}}),
              ElementsAre(Warns("a bridge: the loss of 2-3 splits")));
}

TEST(Doctor, NamesSomeOfManyBridges) {
  std::vector<Edge> edges = {{0, 1}, {1, 2}, {0, 2}};
  for (NodeId leaf = 3; leaf < 10; ++leaf) edges.push_back({0, leaf});
  EXPECT_THAT(of_edges(10, edges), ElementsAre(Warns("any of 0-3, 0-4, 0-5, 0-6 and 3 more")));
}

TEST(Doctor, NamesNodesThatHoldTheGraphTogether) {
  // Two triangles that share node 2.
  EXPECT_THAT(of_edges(5, {{0, 1}, {1, 2}, {0, 2}, {2, 3}, {3, 4}, {2, 4}}),
              ElementsAre(Warns("the loss of node 2 splits")));
}

TEST(Doctor, WarnsOfGraphsThatMixMoreSlowlyThanTheRun) {
  // Lazy weights on a ring of 40: lambda_2 = 1 - (1 - cos 9 deg)/2, so 560 rounds.
  EXPECT_THAT(of_graph("ring", {{"nodes", 40}}, 500),
              ElementsAre(AllOf(Warns("560 rounds"), Warns("the run has 500"))));
  EXPECT_THAT(of_graph("ring", {{"nodes", 40}}, 600), IsEmpty());
  EXPECT_THAT(of_graph("ring", {{"nodes", 80}}, 1'000'000), ElementsAre(Warns("mixes slowly")));
  EXPECT_THAT(of_graph("ring", {{"nodes", 8}}, 5), IsEmpty()) << "a mere try";
}

TEST(Doctor, WarnsOfWeightsThatDoNotAverage) {
  const Topology pair = graph("path", {{"nodes", 2}});
  EXPECT_THAT(of_fixed("path", pair, explicit_mixing({{0, 1}, {1, 0}}, pair)),
              ElementsAre(Warns("W does not average"), ::testing::_));
}

TEST(Doctor, NotesWhereD2IsUnsafe) {
  const Topology ring = graph("ring", {{"nodes", 8}});  // lambda_n = -1/3
  EXPECT_THAT(of_fixed("ring", ring, mixing("metropolis", ring)),
              ElementsAre(AllOf(Field(&Finding::severity, Finding::Severity::note),
                                Field(&Finding::text, HasSubstr("d2")))));
}

TEST(Doctor, WarnsOfMatchingsThatLeaveANodeOut) {
  EXPECT_THAT(of_sequence("random-matching", {{"nodes", 7}}),
              ElementsAre(Warns("7 nodes cannot be paired off")));
}

TEST(Doctor, WarnsOfAPeriodThatDoesNotAverageExactly) {
  EXPECT_THAT(of_sequence("one-peer-exponential", {{"nodes", 6}}),
              ElementsAre(Warns("only for 2, 4, 8")));
}

TEST(Doctor, WarnsOfOneWayLinksThatAreAllNeeded) {
  EXPECT_THAT(of_sequence("directed-ring", {{"nodes", 5}}),
              ElementsAre(Warns("any of its 5 links")));
}

}  // namespace
}  // namespace hearsay
