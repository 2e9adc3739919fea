#include "topology/graphs/edges.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/topology/parts.h"
#include "topology/graphs/file.h"

namespace hearsay {
namespace {

using Lists = std::vector<std::vector<std::int64_t>>;

Topology written(const Lists& edges) {
  return test::graph("edges", {{"edges", test::rows(edges)}});
}

TEST(EdgesGraph, CountsItsNodesByTheLargestId) {
  const Topology graph = written({{2, 0}, {0, 1}, {3, 2}});
  EXPECT_EQ(graph, Topology(4, {{0, 1}, {0, 2}, {2, 3}}));
}

TEST(EdgesGraph, OfOneNodeNeedsTheNumber) {
  EXPECT_EQ(test::graph("edges", {{"edges", test::rows(Lists{})}, {"nodes", 1}}).nodes(), 1U);
  const auto refused = test::refusal([] { written({}); });
  EXPECT_EQ(refused.key, "edges");
  EXPECT_NE(refused.message.find("nodes: 1"), std::string::npos) << refused.message;
}

TEST(EdgesGraph, RefusesWhatIsNoPair) {
  EXPECT_EQ(test::refusal([] {
              written({{0, 1}, {1, 2, 3}});
            }).message,
            "item 2 has 3 node ids; an edge is [a, b]");
}

TEST(EdgesGraph, RefusesAnEdgeBeyondTheGivenNodes) {
  const auto refused = test::refusal([] {
    test::graph("edges", {{"edges", test::rows(Lists{{0, 1}, {1, 5}})}, {"nodes", 3}});
  });
  EXPECT_EQ(refused.key, "edges");
  EXPECT_NE(refused.message.find("edge 1-5"), std::string::npos) << refused.message;
}

std::vector<Edge> read(const std::string& text) {
  std::istringstream in(text);
  return read_edge_list(in, "net.txt");
}

TEST(EdgeList, ReadsPairsCommentsAndBlankLines) {
  EXPECT_EQ(read("# a triangle\n0 1\n\n  2\t1  # back\r\n0 2"),
            (std::vector<Edge>{{0, 1}, {1, 2}, {0, 2}}));
  EXPECT_TRUE(read("").empty());
}

TEST(EdgeList, NamesFileAndLineOfWhatItRefuses) {
  const auto message = [](const std::string& text) {
    const auto refused = test::refusal([&] { read(text); });
    EXPECT_EQ(refused.key, "path");
    return refused.message;
  };
  EXPECT_EQ(message("0 1\n# x\n2\n"), "net.txt:3: expected two node ids, found '2'");
  EXPECT_EQ(message("0 1 2\n"), "net.txt:1: expected two node ids, found '0 1 2'");
  EXPECT_EQ(message("0\t1\x1b 2\n"), "net.txt:1: expected two node ids, found '0\\x091\\x1b 2'");
  EXPECT_EQ(message("0 -1\n"), "net.txt:1: expected a node id from 0 to 9999999, found '-1'");
  EXPECT_EQ(message("0 1x\n"), "net.txt:1: expected a node id from 0 to 9999999, found '1x'");
  EXPECT_EQ(message("0 99999999999999999999\n"),
            "net.txt:1: expected a node id from 0 to 9999999, found '99999999999999999999'");
  EXPECT_EQ(message("0 1\n4 4\n"), "net.txt:2: edge 4-4 is a self-loop");
  EXPECT_EQ(message("0 1\n\n1 0\n"), "net.txt:3: edge 0-1 is repeated; line 1 has it");
}

TEST(FileGraph, ReadsAFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "hearsay_file_graph_test.txt";
  std::ofstream(path) << "0 1\n1 2\n2 3\n";
  EXPECT_EQ(test::graph("file", {{"path", path.string()}}), Topology(4, {{0, 1}, {1, 2}, {2, 3}}));
  const auto refused = test::refusal([&] {
    test::graph("file", {{"path", path.string()}, {"nodes", 3}});
  });
  EXPECT_EQ(refused.key, "path");
  EXPECT_NE(refused.message.find("edge 2-3"), std::string::npos) << refused.message;
  std::filesystem::remove(path);
}

TEST(FileGraph, SaysWhichFileItCannotOpen) {
  const auto refused = test::refusal([] { test::graph("file", {{"path", "no/such.txt"}}); });
  EXPECT_EQ(refused.key, "path");
  EXPECT_EQ(refused.message, "cannot open no/such.txt");
}

}  // namespace
}  // namespace hearsay
