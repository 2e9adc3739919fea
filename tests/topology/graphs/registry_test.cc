#include <gtest/gtest.h>

#include "tests/topology/parts.h"

namespace hearsay {
namespace {

TEST(GraphRegistry, KnowsTheNamesOfTheConfig) {
  EXPECT_EQ(graph_catalogue().names(),
            (std::vector<std::string>{"ring",          "path",
                                      "star",          "complete",
                                      "torus",         "grid",
                                      "hypercube",     "exponential",
                                      "binary-tree",   "random-regular",
                                      "erdos-renyi",   "watts-strogatz",
                                      "edges",         "file",
                                      "directed-ring", "directed-exponential",
                                      "arcs",          "one-peer-exponential",
                                      "base",          "random-matching"}));
}

TEST(GraphRegistry, EveryGraphIsChosenUnderGraph) {
  for (const PartInfo* part : graph_catalogue().parts()) {
    EXPECT_EQ(part->selector, "graph") << part->name;
    EXPECT_FALSE(part->summary.empty()) << part->name;
    for (const Param& param : part->params) {
      EXPECT_NE(param.name, "nodes") << "belongs to all graphs";
      EXPECT_FALSE(param.help.empty()) << part->name << '.' << param.name;
    }
  }
}

TEST(GraphRegistry, EveryGraphThatIsCountedAsksForNodes) {
  for (const std::string name : {"ring", "path", "star", "complete", "hypercube", "exponential",
                                 "binary-tree", "watts-strogatz"}) {
    const auto refused = test::refusal([&] { test::graph(name, {}); });
    EXPECT_EQ(refused.key, "nodes") << name;
    EXPECT_EQ(refused.message, "is required") << name;
  }
}

std::string unconnected(std::int64_t nodes, const std::vector<std::vector<std::int64_t>>& edges) {
  const auto refused = test::refusal([&] {
    test::graph("edges", {{"edges", test::rows(edges)}, {"nodes", nodes}});
  });
  EXPECT_EQ(refused.key, "graph");
  return refused.message;
}

TEST(MakeTopology, NamesTheNodesThatCannotBeReached) {
  EXPECT_EQ(unconnected(7, {{0, 1}, {1, 2}, {2, 3}, {4, 5}, {5, 6}}),
            "the graph is not connected: nodes 4, 5, 6 cannot be reached from node 0");
  EXPECT_EQ(unconnected(3, {{0, 2}}),
            "the graph is not connected: node 1 cannot be reached from node 0");
}

TEST(MakeTopology, CutsALongListOfNodes) {
  EXPECT_EQ(unconnected(100, {{0, 1}}),
            "the graph is not connected: nodes 2, 3, 4, 5, 6, 7, 8, 9 and 90 more cannot be "
            "reached from node 0");
}

}  // namespace
}  // namespace hearsay
