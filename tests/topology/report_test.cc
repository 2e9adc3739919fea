#include "topology/report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/topology/parts.h"
#include "topology/graphs/path.h"
#include "topology/graphs/ring.h"
#include "topology/graphs/star.h"

namespace hearsay {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// Every tag is closed in its order; what a browser must have to show the picture at all.
testing::AssertionResult well_formed(const std::string& xml) {
  static const std::regex kTag(R"(<(/?)([a-zA-Z]+)((?:\s+[a-zA-Z-]+="[^"<]*")*)\s*(/?)>)");
  std::vector<std::string> open;
  std::size_t angles = 0;
  for (std::sregex_iterator it(xml.begin(), xml.end(), kTag), end; it != end; ++it) {
    ++angles;
    const std::string name = (*it)[2];
    if ((*it)[1].length() > 0) {
      if (open.empty() || open.back() != name)
        return testing::AssertionFailure() << "</" << name << "> closes nothing";
      open.pop_back();
    } else if ((*it)[4].length() == 0) {
      open.push_back(name);
    }
  }
  if (!open.empty()) return testing::AssertionFailure() << "<" << open.back() << "> is not closed";
  if (angles != count(xml, "<")) return testing::AssertionFailure() << "a stray <";
  return testing::AssertionSuccess();
}

struct Case {
  std::string kind;
  std::vector<Entry> settings;
};

const std::vector<Case>& pictures() {
  static const std::vector<Case> kCases = {{"ring", {{"nodes", 1}}},
                                           {"ring", {{"nodes", 2}}},
                                           {"ring", {{"nodes", 300}}},
                                           {"path", {{"nodes", 40}}},
                                           {"star", {{"nodes", 12}}},
                                           {"complete", {{"nodes", 200}}},
                                           {"torus", {{"nodes", 12}}},
                                           {"torus", {{"nodes", 8}}},
                                           {"grid", {{"rows", 5}, {"columns", 2}}},
                                           {"hypercube", {{"nodes", 32}}},
                                           {"hypercube", {{"nodes", 128}}},
                                           {"exponential", {{"nodes", 16}}},
                                           {"binary-tree", {{"nodes", 20}}},
                                           {"binary-tree", {{"nodes", 200}}},
                                           {"random-regular", {{"nodes", 60}, {"degree", 3}}},
                                           {"erdos-renyi", {{"nodes", 30}, {"probability", 0.3}}},
                                           {"watts-strogatz", {{"nodes", 30}}}};
  return kCases;
}

TEST(GraphSvg, IsWellFormedAndHasAMarkForEveryNode) {
  for (const Case& drawn : pictures()) {
    const Topology graph = test::graph(drawn.kind, drawn.settings);
    const std::string svg = graph_svg(graph, drawn.kind, false);
    EXPECT_TRUE(well_formed(svg)) << drawn.kind;
    EXPECT_EQ(count(svg, "class=\"node\""), graph.nodes()) << drawn.kind;
    EXPECT_EQ(count(svg, "nan"), 0U) << drawn.kind;
    EXPECT_EQ(count(svg, "inf"), 0U) << drawn.kind;
  }
}

TEST(GraphSvg, KeepsEveryNodeInsideTheFrameAndApart) {
  static const std::regex kFrame(R"#(viewBox="0 0 (\d+) (\d+)")#");
  static const std::regex kMark(
      R"#(<circle class="node" cx="([\d.-]+)" cy="([\d.-]+)" r="([\d.]+)")#");
  for (const Case& drawn : pictures()) {
    const std::string svg = graph_svg(test::graph(drawn.kind, drawn.settings), drawn.kind, false);
    std::smatch frame;
    ASSERT_TRUE(std::regex_search(svg, frame, kFrame));
    std::vector<std::pair<double, double>> marks;
    for (std::sregex_iterator it(svg.begin(), svg.end(), kMark), end; it != end; ++it) {
      const double x = std::stod((*it)[1]);
      const double y = std::stod((*it)[2]);
      const double r = std::stod((*it)[3]);
      EXPECT_GE(x - r, 0.0) << drawn.kind;
      EXPECT_GE(y - r, 0.0) << drawn.kind;
      EXPECT_LE(x + r, std::stod(frame[1])) << drawn.kind;
      EXPECT_LE(y + r, std::stod(frame[2])) << drawn.kind;
      marks.emplace_back(x, y);
    }
    std::sort(marks.begin(), marks.end());
    EXPECT_EQ(std::adjacent_find(marks.begin(), marks.end()), marks.end()) << drawn.kind;
  }
}

TEST(GraphSvg, DrawsEveryEdgeOnce) {
  const std::string svg = graph_svg(ring_graph(40), "ring", false);
  EXPECT_EQ(count(svg, "L"), 40U);
}

TEST(GraphSvg, DrawsAnEdgeRoundATorusAsTwoStubs) {
  const std::string svg = graph_svg(test::graph("torus", {{"nodes", 12}}), "torus", false);
  EXPECT_EQ(count(svg, "L"), 24U - 3U - 4U);  // 3 rows and 4 columns close
  EXPECT_EQ(count(svg, "q"), 2U * (3U + 4U));
}

TEST(GraphSvg, DrawsTheServerAsASquare) {
  const std::string svg = graph_svg(star_graph(5), "star", true);
  EXPECT_EQ(count(svg, "<rect class=\"node server\""), 1U);
  EXPECT_EQ(count(svg, "<circle class=\"node\""), 4U);
  EXPECT_EQ(count(graph_svg(star_graph(5), "star", false), "<rect"), 0U);
}

TEST(GraphSvg, LabelsTheNodesOfASmallGraph) {
  const std::string svg = graph_svg(ring_graph(8), "ring", false);
  for (int node = 0; node < 8; ++node) EXPECT_EQ(count(svg, fmt::format(">{}</text>", node)), 1U);
  EXPECT_EQ(count(graph_svg(ring_graph(1000), "ring", false), "<text"), 0U);
}

TEST(GraphSvg, IsTheSamePictureEveryTime) {
  const Topology graph = test::graph("random-regular", {{"nodes", 80}, {"degree", 3}});
  EXPECT_EQ(graph_svg(graph, "random-regular", false), graph_svg(graph, "random-regular", false));
}

TEST(GraphSvg, ShowsSpringsOfEqualLengthForATriangle) {
  static const std::regex kMark(R"#(cx="([\d.-]+)" cy="([\d.-]+)")#");
  const std::string svg = graph_svg(Topology(3, {{0, 1}, {1, 2}, {0, 2}}), "edges", false);
  std::vector<std::pair<double, double>> at;
  for (std::sregex_iterator it(svg.begin(), svg.end(), kMark), end; it != end; ++it)
    at.emplace_back(std::stod((*it)[1]), std::stod((*it)[2]));
  ASSERT_EQ(at.size(), 3U);
  const auto side = [&](int i, int j) {
    return std::hypot(at[i].first - at[j].first, at[i].second - at[j].second);
  };
  EXPECT_NEAR(side(0, 1), 72.0, 0.5);
  EXPECT_NEAR(side(1, 2), 72.0, 0.5);
  EXPECT_NEAR(side(0, 2), 72.0, 0.5);
}

TEST(TopologyJson, HoldsGraphWeightsAndSpectrum) {
  const Topology graph = path_graph(3);
  const MixingMatrix w =
      test::explicit_mixing({{0.75, 0.25, 0}, {0.25, 0.25, 0.5}, {0, 0.5, 0.5}}, graph);
  const Spectrum s{.lambda2 = 0.5, .lambda_min = -0.25};
  const auto json = nlohmann::json::parse(topology_json(graph, w, s, "path", false));
  EXPECT_EQ(json["graph"], "path");
  EXPECT_EQ(json["server"], false);
  EXPECT_EQ(json["nodes"], 3);
  EXPECT_EQ(json["edges"], nlohmann::json::parse("[[0,1],[1,2]]"));
  EXPECT_EQ(
      json["weights"],
      nlohmann::json::parse("[[[0,0.75],[1,0.25]],[[0,0.25],[1,0.25],[2,0.5]],[[1,0.5],[2,0.5]]]"));
  EXPECT_EQ(json["spectrum"]["lambda2"], 0.5);
  EXPECT_EQ(json["spectrum"]["lambda_min"], -0.25);
  EXPECT_EQ(json["spectrum"]["gap"], 0.5);
  EXPECT_EQ(json["spectrum"]["beta"], 1.25);
  EXPECT_EQ(json["spectrum"]["best_gossip_step"], 2.0 / 1.75);
}

TEST(TopologyJson, KeepsEveryDigit) {
  const Topology graph = ring_graph(5);
  const MixingMatrix w = test::mixing("metropolis", graph);
  const auto json = nlohmann::json::parse(topology_json(graph, w, spectrum(w), "ring", true));
  EXPECT_EQ(json["weights"][0][1][1].get<double>(), w(0, 1));
  EXPECT_EQ(json["spectrum"]["lambda2"].get<double>(), spectrum(w).lambda2);
  EXPECT_EQ(json["server"], true);
}

TEST(GraphFacts, OfAnUnconnectedGraphCountItsParts) {
  const GraphFacts facts = graph_facts(Topology(5, {{0, 1}, {1, 2}}));
  EXPECT_EQ(facts.components, 3U);
  EXPECT_EQ(facts.diameter, 2U);
  EXPECT_EQ(facts.min_degree, 0U);
  EXPECT_DOUBLE_EQ(facts.mean_degree, 0.8);
}

TEST(GraphFacts, AboveFiveThousandNodesTheDiameterIsABound) {
  EXPECT_TRUE(graph_facts(ring_graph(5000)).diameter_is_exact);
  const GraphFacts facts = graph_facts(ring_graph(5001));
  EXPECT_FALSE(facts.diameter_is_exact);
  EXPECT_EQ(facts.diameter, 2500U);  // every node of a ring has the same eccentricity
}

}  // namespace
}  // namespace hearsay
