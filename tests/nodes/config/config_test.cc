#include "nodes/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/nodes/config/configs.h"

namespace hearsay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> keys(const Params& params) {
  std::vector<std::string> result;
  for (const Entry& entry : params.entries()) result.push_back(entry.key);
  return result;
}

TEST(Config, FillsInEveryDefaultInTheOrderOfTheSchema) {
  const Config config = Config::parse(good_config(), "runs/ring-digits.yaml");
  EXPECT_THAT(keys(config.root()), ElementsAre("name", "seed", "topology", "objective", "algorithm",
                                               "run", "checkpoint", "on_peer_loss", "transport"));
  EXPECT_EQ(config.root().text("name"), "ring-digits");
  EXPECT_EQ(config.root().integer("seed"), 1);
  EXPECT_EQ(config.section("topology").map("mixing").part(), "metropolis");
  EXPECT_EQ(config.section("objective").map("partition").part(), "iid");
  EXPECT_TRUE(config.section("objective").is_word("batch", "full"));
  EXPECT_THAT(keys(config.section("run")),
              ElementsAre("rounds", "evaluate_every", "evaluate_rows", "test_rows", "consensus",
                          "projections", "health", "tensorboard"));
  EXPECT_EQ(config.section("run").integer("evaluate_every"), 10);
  EXPECT_EQ(config.section("run").text("consensus"), "auto");
  EXPECT_EQ(config.section("run").integer("projections"), 4096);
  EXPECT_EQ(config.section("transport").text("kind"), "tcp");
  EXPECT_EQ(config.section("transport").text("host"), "127.0.0.1");
  EXPECT_TRUE(config.section("transport").is_word("max_message", "auto"));
  EXPECT_FALSE(config.section("transport").has("base_port"));
  EXPECT_TRUE(config.warnings().empty());
}

TEST(Config, MakesAMapOfABareName) {
  const Config config = Config::parse(good_config(), "x.yaml");
  const Params& data = config.section("objective").map("data");
  EXPECT_EQ(data.entries().front().key, "name");
  EXPECT_EQ(data.part(), "digits");
}

TEST(Config, PutsTheNameOfAPartFirstUnderItsOwnKey) {
  const Config config = Config::parse(
      good_config(), "x.yaml", {"objective={data: {train: a.txt, name: libsvm}, model: logistic}"});
  EXPECT_EQ(config.section("objective").entries().front().key, "model");
  const Params& data = config.section("objective").map("data");
  EXPECT_EQ(data.entries().front().key, "format");
  EXPECT_EQ(data.part(), "libsvm");
  EXPECT_EQ(data.text("train"), "a.txt");
}

TEST(Config, ReadsNumbersAsDoublesAlsoWhereTheyAreWhole) {
  const Config config = Config::parse(good_config(), "x.yaml", {"algorithm.learning_rate=1"});
  EXPECT_EQ(*config.section("algorithm").find("learning_rate"), Value(1.0));
}

TEST(Config, TakesAliases) {
  const Config config =
      Config::parse("seed: &n 7\ntopology: {graph: ring, nodes: *n}\n" + good_lines()[1] + "\n" +
                        good_lines()[2] + "\nrun: {rounds: *n}\n",
                    "x.yaml");
  EXPECT_EQ(config.section("topology").integer("nodes"), 7);
  EXPECT_EQ(config.section("run").integer("rounds"), 7);
}

TEST(Config, OrderOfTheFileDoesNotMatter) {
  std::string backwards;
  for (const std::string& line : good_lines()) backwards.insert(0, line + "\n");
  EXPECT_EQ(Config::parse(backwards, "x.yaml").root(),
            Config::parse(good_config(), "x.yaml").root());
}

TEST(Config, WarnsOfAKeyOfAnotherAlgorithmAndLeavesItOut) {
  std::string text = good_config();
  text.replace(text.find("choco-amsgrad"), 13, "dpsgd");
  text.insert(text.find("learning_rate"), "beta1: 0.5, ");
  const Config config = Config::parse(text, "x.yaml");
  EXPECT_THAT(config.warnings(),
              testing::Contains("x.yaml:3:26: algorithm.beta1 has no effect on dpsgd"));
  EXPECT_FALSE(config.section("algorithm").has("beta1"));
  EXPECT_EQ(Config::parse(config.yaml(), "x.yaml").warnings().size(), 0U);
}

TEST(Config, WarnsInTheTopologyAndTheObjectiveToo) {
  const Config config = Config::parse(
      good_config(), "x.yaml",
      {"topology.probability=0.5", "objective.model=softmax", "objective.regularizer=l2"});
  ASSERT_EQ(config.warnings().size(), 2U);
  EXPECT_EQ(config.warnings()[0],
            "--set topology.probability=0.5: topology.probability has no effect on ring");
  EXPECT_THAT(config.warnings()[1], HasSubstr("objective.regularizer has no effect on softmax"));
}

TEST(Config, ErrorNamesThePlaceOfTheKey) {
  const Config config = Config::parse(good_config(), "x.yaml");
  EXPECT_STREQ(config.error("algorithm.compressor.k", "must not exceed 3").what(),
               "x.yaml:3:81: algorithm.compressor.k: must not exceed 3");
}

TEST(Config, ErrorFallsBackToTheNearestParentInTheFile) {
  const Config config = Config::parse(good_config(), "x.yaml");
  EXPECT_THAT(config.error("algorithm.compressor.ratio.x", "m").what(),
              StartsWith("x.yaml:3:55: "));
  EXPECT_THAT(config.error("transport.host", "m").what(), StartsWith("x.yaml:1:1: transport.host"));
  EXPECT_STREQ(config.error("", "odd").what(), "x.yaml:1:1: odd");
}

TEST(Config, ErrorNamesTheOverrideThatAValueCameFrom) {
  const Config config = Config::parse(good_config(), "x.yaml", {"topology.nodes=7"});
  EXPECT_STREQ(config.error("topology.nodes", "no power of two").what(),
               "--set topology.nodes=7: topology.nodes: no power of two");
}

TEST(Config, SetReplacesAResolvedValue) {
  Config config = Config::parse(good_config(), "x.yaml");
  config.set("algorithm.gossip_step", 0.25);
  EXPECT_EQ(config.section("algorithm").number("gossip_step"), 0.25);
  EXPECT_EQ(Config::parse(config.yaml(), "x.yaml").root(), config.root());
  EXPECT_THROW(config.set("algorithm.nothing", 1), std::logic_error);
  EXPECT_THROW(config.set("nothing.at.all", 1), std::logic_error);
}

TEST(Config, YamlReadsBackEqual) {
  const Config config = Config::parse(
      good_config(), "x.yaml",
      {"name=\"8\"", "algorithm.learning_rate=0.1", "algorithm.beta1=0.30000000000000004",
       "transport.addresses={collector: \"h:1\", 0: \"a:2\", 1: \"b # c\"}",
       "objective.data={format: libsvm, train: \"a \\\"b\\\"\\n\\x07: c\"}",
       "topology={graph: edges, edges: [[0, 1], [1, 2], [2, 0]]}"});
  const Config again = Config::parse(config.yaml(), "another.yaml");
  EXPECT_EQ(again.root(), config.root()) << config.yaml();
  EXPECT_EQ(again.yaml(), config.yaml());
  EXPECT_EQ(again.root().text("name"), "8");
  EXPECT_TRUE(again.warnings().empty());
}

TEST(Config, CanonicalLeavesOutTheTransportOnly) {
  const Config one = Config::parse(good_config(), "x.yaml", {"transport.host=10.0.0.1"});
  const Config other = Config::parse(good_config(), "x.yaml", {"transport.base_port=4000"});
  EXPECT_NE(one.yaml(), other.yaml());
  EXPECT_EQ(one.canonical(), other.canonical());
  EXPECT_THAT(one.canonical(), StartsWith("name: x\nseed: 1\ntopology:\n  graph: ring\n"));
  const Config seeded = Config::parse(good_config(), "x.yaml", {"seed=2"});
  EXPECT_NE(one.canonical(), seeded.canonical());
}

TEST(Config, CanonicalLeavesOutTheFormOfTheResults) {
  const Config plain = Config::parse(good_config(), "x.yaml");
  const Config asked = Config::parse(good_config(), "x.yaml", {"run.tensorboard=true"});
  EXPECT_NE(plain.yaml(), asked.yaml());
  EXPECT_EQ(plain.canonical(), asked.canonical());
}

TEST(Config, KnowsItsFileAndDirectory) {
  EXPECT_EQ(Config::parse(good_config(), "ring.yaml").directory(), ".");
  EXPECT_EQ(Config::parse(good_config(), "a/b/ring.yaml").directory(), "a/b");
  EXPECT_EQ(Config::parse(good_config(), "a/b/ring.yaml").file(), "a/b/ring.yaml");
}

TEST(Config, LoadsAFile) {
  const std::string path = testing::TempDir() + "hearsay_config_test.yaml";
  std::ofstream(path) << good_config();
  const Config config = Config::load(path, {"run.rounds=3"});
  std::remove(path.c_str());
  EXPECT_EQ(config.root().text("name"), "hearsay_config_test");
  EXPECT_EQ(config.section("run").integer("rounds"), 3);
}

TEST(Config, TakesWindowsLineEndsAndAByteOrderMark) {
  std::string text = "\xEF\xBB\xBF";
  for (const std::string& line : good_lines()) text += line + "\r\n";
  EXPECT_EQ(Config::parse(text, "x.yaml").root(), Config::parse(good_config(), "x.yaml").root());
}

}  // namespace
}  // namespace hearsay
