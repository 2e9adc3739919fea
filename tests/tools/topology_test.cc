// `hearsay topology` and the start of a run: what a graph is worth, what a round sends, what will
// hurt.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/tools/process.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class TopologyCommand : public ::testing::Test {
 protected:
  std::string config(const std::string& topology, const std::string& algorithm,
                     const std::string& objective = "{model: quadratic, dimension: 50}") {
    return dir_.write("case.yaml",
                      fmt::format("topology: {}\nobjective: {}\nalgorithm: {}\nrun: {{rounds: 200, "
                                  "evaluate_every: 200}}\n",
                                  topology, objective, algorithm));
  }

  std::string topology_of(const std::string& file) {
    const Ended ended = run({"topology", file, "--no-picture"});
    EXPECT_EQ(ended.status, 0) << ended.err;
    return ended.out;
  }

  TempDir dir_;
};

const std::string kDense = "{name: dpsgd, learning_rate: 0.01}";

std::string top_k(const std::string& gossip_step) {
  return "{name: choco-sgd, learning_rate: 0.01, compressor: {name: top-k, k: 5}, gossip_step: " +
         gossip_step + "}";
}

TEST_F(TopologyCommand, OfAHealthyRingHasNoWarning) {
  const std::string out = topology_of(config("{graph: ring, nodes: 8}", top_k("auto")));
  EXPECT_THAT(out, AllOf(HasSubstr("lambda_n       -0.333333\n"), HasSubstr("is what auto takes"),
                         HasSubstr("stops to be stable"), Not(HasSubstr("warning"))));
}

TEST_F(TopologyCommand, WritesTheGraphAloneInAFormat) {
  const std::string file = config("{graph: ring, nodes: 4}", kDense);
  const auto in = [&](const char* format) {
    const Ended ended = run({"topology", file, "--format", format});
    EXPECT_EQ(ended.status, 0) << ended.err;
    return ended.out;
  };
  EXPECT_EQ(in("dot"),
            "graph \"ring\" {\n  0;\n  1;\n  2;\n  3;\n"
            "  0 -- 1 [weight=0.333333, label=\"0.333\"];\n"
            "  0 -- 3 [weight=0.333333, label=\"0.333\"];\n"
            "  1 -- 2 [weight=0.333333, label=\"0.333\"];\n"
            "  2 -- 3 [weight=0.333333, label=\"0.333\"];\n}\n");
  EXPECT_THAT(in("svg"), ::testing::StartsWith("<svg"));
  EXPECT_THAT(in("json"),
              ::testing::StartsWith("{\"graph\":\"ring\",\"server\":false,\"nodes\":4"));
  EXPECT_EQ(run({"topology", file, "--format", "png"}).status, 2);
}

TEST_F(TopologyCommand, DotOfAStarNamesItsServerAndOfADirectedGraphHasArcs) {
  const std::string star =
      config("{graph: star, workers: 2}", "{name: dist-amsgrad, learning_rate: 0.01}");
  EXPECT_EQ(run({"topology", star, "--format", "dot"}).out,
            "graph \"star\" {\n  0 [label=\"server\", shape=box];\n  1;\n  2;\n  0 -- 1;\n  0 -- "
            "2;\n}\n");
  const std::string directed =
      config("{graph: directed-ring, nodes: 3}", "{name: sgp, learning_rate: 0.01}");
  EXPECT_EQ(run({"topology", directed, "--format", "dot"}).out,
            "digraph \"directed-ring\" {\n  0;\n  1;\n  2;\n  0 -> 1;\n  1 -> 2;\n  2 -> 0;\n}\n");
}

TEST_F(TopologyCommand, TellsTheTrafficOfARound) {
  // 16 links of five indices and five values behind a header of 64 bytes; the papers count 32 + 6
  // bits for each of the five.
  const std::string out = topology_of(config("{graph: ring, nodes: 8}", top_k("0.1")));
  EXPECT_THAT(out, AllOf(HasSubstr("(3.04 kbit as the papers count)\n"),
                         HasSubstr("(190 bit) on each of 16 directed links\n")));
}

TEST_F(TopologyCommand, TellsTheTrafficOfAStarUpAndDown) {
  const std::string out = topology_of(
      config("{graph: star, workers: 3}",
             "{name: spars-ams, learning_rate: 0.01, compressor: {name: top-k, k: 5}}"));
  EXPECT_THAT(out, HasSubstr("(190 bit) up and "));
  EXPECT_THAT(out, HasSubstr("(1.6 kbit) down on each of 3 links\n"));
}

TEST_F(TopologyCommand, DoesWithoutTheData) {
  const std::string out =
      topology_of(config("{graph: ring, nodes: 4}", kDense,
                         "{model: logistic, data: {format: libsvm, train: nowhere.txt}}"));
  EXPECT_THAT(out, AllOf(HasSubstr("spectral gap"), HasSubstr("not known without the data"),
                         HasSubstr("nowhere.txt")));
}

TEST_F(TopologyCommand, WarnsOfAnAlgorithmThatWillNotRunOnIt) {
  EXPECT_THAT(topology_of(config("{graph: ring, nodes: 8}", "{name: d2, learning_rate: 0.01}")),
              AllOf(HasSubstr("spectral gap"), HasSubstr("warning        this will not run: "),
                    HasSubstr("d2 diverges on this graph")));
}

TEST_F(TopologyCommand, WarnsOfWhatWillHurtAsEveryRunDoes) {
  struct Case {
    std::string topology;
    std::string algorithm;
    std::string warning;
  };
  for (const Case& hurt :
       {Case{"{graph: path, nodes: 5}", kDense, "a tree: the loss of any of its 4 edges splits it"},
        Case{"{graph: ring, nodes: 60}", kDense, "and the run has 200"},
        Case{"{graph: random-matching, nodes: 7}", kDense, "7 nodes cannot be paired off"},
        Case{"{graph: one-peer-exponential, nodes: 6}", kDense, "only for 2, 4, 8"},
        Case{"{graph: ring, nodes: 8}", top_k("1.2"), "auto would take"}}) {
    const std::string file = config(hurt.topology, hurt.algorithm);
    EXPECT_THAT(topology_of(file), AllOf(HasSubstr("warning  "), HasSubstr(hurt.warning)));
    const Ended ended = run({"run", file, "--simulate", "--out", dir_ / hurt.warning.substr(0, 7)});
    EXPECT_THAT(ended.err, AllOf(HasSubstr("warning: "), HasSubstr(hurt.warning)));
  }
}

}  // namespace
}  // namespace hearsay::testing
