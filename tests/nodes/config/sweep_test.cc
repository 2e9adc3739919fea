#include "nodes/config/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/nodes/config/configs.h"

namespace hearsay {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// The good config (lines 1 to 4), with a section sweep from line 5 on.
std::string with_sweep(const std::string& section) {
  return good_config() + "sweep: " + section + "\n";
}

Sweep sweep_of(const std::string& section, const std::vector<std::string>& overrides = {}) {
  return parse_sweep(with_sweep(section), "x.yaml", overrides).value();
}

std::vector<std::string> names(const Sweep& sweep) {
  std::vector<std::string> result;
  for (const SweepRun& run : sweep.runs) result.push_back(run.name);
  return result;
}

std::string error_of(const std::string& section, const std::vector<std::string>& overrides = {}) {
  try {
    sweep_of(section, overrides);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "no error";
}

TEST(Sweep, IsNoneInAConfigWithoutTheSection) {
  EXPECT_FALSE(parse_sweep(good_config(), "x.yaml"));
}

TEST(Sweep, GridIsEveryCombinationWithTheLastKeyFastest) {
  const Sweep sweep = sweep_of("{grid: {algorithm.learning_rate: [0.1, 0.2], seed: [1, 2, 3]}}");
  EXPECT_EQ(sweep.name, "x");
  EXPECT_THAT(names(sweep), ElementsAre("learning_rate=0.1,seed=1", "learning_rate=0.1,seed=2",
                                        "learning_rate=0.1,seed=3", "learning_rate=0.2,seed=1",
                                        "learning_rate=0.2,seed=2", "learning_rate=0.2,seed=3"));
  const Config& last = sweep.runs.back().config;
  EXPECT_EQ(last.section("algorithm").number("learning_rate"), 0.2);
  EXPECT_EQ(last.root().integer("seed"), 3);
  EXPECT_EQ(last.root().text("name"), "x/learning_rate=0.2,seed=3");
  EXPECT_EQ(sweep.runs.back().grid.at(1).key, "seed");
  EXPECT_EQ(sweep.runs.back().grid.at(1).value, "3");
}

TEST(Sweep, GridKeysMayBeNested) {
  const Sweep nested = sweep_of("{grid: {algorithm: {learning_rate: [0.1, 0.2], beta1: [0.8]}}}");
  const Sweep dotted =
      sweep_of("{grid: {algorithm.learning_rate: [0.1, 0.2], algorithm.beta1: [0.8]}}");
  ASSERT_EQ(names(nested), names(dotted));
  for (std::size_t k = 0; k < nested.runs.size(); ++k)
    EXPECT_EQ(nested.runs[k].config.root(), dotted.runs[k].config.root());
}

TEST(Sweep, CasesAreCrossedWithTheGrid) {
  const Sweep sweep = sweep_of("{cases: {plain: , big: {run.rounds: 99}}, grid: {seed: [1, 2]}}");
  EXPECT_THAT(names(sweep),
              ElementsAre("plain,seed=1", "plain,seed=2", "big,seed=1", "big,seed=2"));
  EXPECT_EQ(sweep.runs[1].config.section("run").integer("rounds"), 10);
  EXPECT_EQ(sweep.runs[2].config.section("run").integer("rounds"), 99);
  EXPECT_EQ(sweep.runs[2].case_name, "big");
}

TEST(Sweep, ACaseSetsTheKeysOfASectionOneByOne) {
  const Sweep sweep = sweep_of(
      "{cases: {d: {algorithm: {name: dpsgd}}, c: {algorithm: {compressor: scaled-sign}}}}");
  const Params& d = sweep.runs.at(0).config.section("algorithm");
  EXPECT_EQ(d.part(), "dpsgd");
  EXPECT_EQ(d.number("learning_rate"), 0.01) << "kept";
  const Params& c = sweep.runs.at(1).config.section("algorithm");
  EXPECT_EQ(c.part(), "choco-amsgrad");
  EXPECT_EQ(c.map("compressor").part(), "scaled-sign");
  EXPECT_FALSE(c.map("compressor").has("k")) << "a value takes the place of what was there";
}

TEST(Sweep, ARunIsWhatTheSameOverridesMakeOfTheFile) {
  const Sweep sweep = sweep_of(
      "{cases: {s: {algorithm: {compressor: {name: top-k, ratio: 0.1}}}}, "
      "grid: {topology.nodes: [4, 5]}}",
      {"run.rounds=7"});
  const Config same =
      Config::parse(good_config(), "x.yaml",
                    {"run.rounds=7", "algorithm.compressor={name: top-k, ratio: 0.1}",
                     "topology.nodes=5", "name=x/s,nodes=5"});
  EXPECT_EQ(sweep.runs.at(1).config.root(), same.root());
  EXPECT_EQ(sweep.runs.at(1).config.canonical(), same.canonical());
}

TEST(Sweep, NamesAreFitForFoldersAndDistinct) {
  const Sweep sweep = sweep_of(
      "{cases: {a b/c: , \"..\": , a-b-c: , sweep.json: }, "
      "grid: {algorithm.compressor: [{name: top-k, ratio: 0.1}, scaled-sign]}}");
  std::set<std::string> distinct;
  for (const std::string& name : names(sweep)) {
    EXPECT_TRUE(distinct.insert(name).second) << name;
    EXPECT_EQ(name.find_first_of("/ :{}"), std::string::npos) << name;
    EXPECT_NE(name.front(), '.');
  }
  EXPECT_TRUE(distinct.count("a-b-c,compressor=top-k-ratio-0.1"));
  EXPECT_TRUE(distinct.count("a-b-c,compressor=scaled-sign"));
}

TEST(Sweep, NamesTellKeysOfTheSameEndApart) {
  EXPECT_THAT(names(sweep_of("{grid: {run.rounds: [1], algorithm.name: [choco-amsgrad], "
                             "algorithm.compressor.name: [top-k]}}")),
              ElementsAre("rounds=1,algorithm.name=choco-amsgrad,compressor.name=top-k"));
}

TEST(Sweep, LongNamesAreCutAndStayDistinct) {
  const std::string text(190, 'a');
  const Sweep sweep = sweep_of("{cases: {" + text + ": , " + text + "b: }}");
  EXPECT_LT(sweep.runs.at(0).name.size(), 150U);
  EXPECT_NE(sweep.runs.at(0).name, sweep.runs.at(1).name);
}

TEST(Sweep, ANameDoesNotDependOnTheOtherValues) {
  EXPECT_EQ(names(sweep_of("{grid: {seed: [1, 2, 3]}}")).at(2),
            names(sweep_of("{grid: {seed: [3]}}")).at(0));
}

TEST(Sweep, CanBeChangedByOverrides) {
  EXPECT_THAT(names(sweep_of("{grid: {algorithm.learning_rate: [0.1, 0.2]}}",
                             {"sweep.grid.algorithm.learning_rate=[0.3]", "sweep.grid.seed=[4]"})),
              ElementsAre("learning_rate=0.3,seed=4"));
}

TEST(Sweep, RefusesAnOverrideThatItWouldUndo) {
  const std::string section = "{cases: {s: {algorithm: {compressor: scaled-sign}}}}";
  EXPECT_THAT(error_of(section, {"algorithm.compressor=top-k"}),
              AllOf(StartsWith("--set algorithm.compressor=top-k: has no effect"),
                    HasSubstr("algorithm.compressor (x.yaml:5:")));
  EXPECT_THAT(error_of(section, {"algorithm.compressor.k=3"}), HasSubstr("has no effect"));
  EXPECT_EQ(error_of(section, {"algorithm.beta1=0.5"}), "no error");
}

TEST(Sweep, ErrorsInARunNameTheValueInTheFileTheKeyAndTheRun) {
  EXPECT_EQ(error_of("{grid: {run.rounds: [5, 0]}}"),
            "x.yaml:5:32: run.rounds: found 0, allowed is a whole number of at least 1 (in the run "
            "rounds=0)");
  EXPECT_THAT(error_of("{grid: {run.round: [5]}}"),
              AllOf(StartsWith("x.yaml:5:28: run.round: unknown key, did you mean \"rounds\"?"),
                    EndsWith("(in the run round=5)")));
  EXPECT_THAT(error_of("{cases: {a: {algorithm: {name: choco}}}}"),
              AllOf(StartsWith("x.yaml:5:"), HasSubstr("algorithm.name: found choco")));
  EXPECT_THAT(error_of("{grid: {run.rounds.x: [5]}}"),
              AllOf(StartsWith("x.yaml:5:31"), HasSubstr("which has no keys")));
}

TEST(Sweep, RefusesSectionsThatSayNothing) {
  const std::string none =
      "x.yaml:5:1: sweep: found nothing, allowed is a map with grid, cases or both";
  EXPECT_EQ(error_of(""), none);
  EXPECT_THAT(error_of("{}"), HasSubstr("found an empty map"));
  EXPECT_THAT(error_of("{grid: {}}"), StartsWith("x.yaml:5:9: sweep.grid: found an empty map"));
  EXPECT_THAT(error_of("{grid: {seed: []}}"), HasSubstr("sweep.grid.seed: found an empty list"));
  EXPECT_THAT(error_of("{grid: {seed: 3}}"),
              HasSubstr("sweep.grid.seed: found 3, allowed is a list of values"));
  EXPECT_THAT(error_of("{cases: [a]}"), HasSubstr("sweep.cases: found a list"));
  EXPECT_THAT(error_of("{cases: {a: 3}}"), HasSubstr("sweep.cases.a: found 3, allowed is a map"));
  EXPECT_THAT(
      error_of("{gird: {seed: [1]}}"),
      HasSubstr("sweep.gird: unknown key, did you mean \"grid\"? Allowed here: grid, cases"));
}

TEST(Sweep, RefusesRepetitions) {
  EXPECT_THAT(error_of("{grid: {seed: [1, 2, 1]}}"),
              AllOf(StartsWith("x.yaml:5:29: "), HasSubstr("1 is repeated")));
  EXPECT_THAT(error_of("{grid: {run.rounds: [1], run: {rounds: [2]}}}"),
              HasSubstr("sweep.grid.run.rounds: the key is repeated"));
}

TEST(Sweep, RefusesToVaryWhatIsNoSetting) {
  EXPECT_THAT(error_of("{grid: {name: [a, b]}}"), HasSubstr("a sweep cannot vary name"));
  EXPECT_THAT(error_of("{cases: {a: {paper: {}}}}"), HasSubstr("a sweep cannot vary paper"));
  EXPECT_THAT(error_of("{grid: {sweep.grid: [a]}}"), HasSubstr("a sweep cannot vary sweep"));
}

TEST(Sweep, RefusesMoreThanTenThousandRuns) {
  std::string list;
  for (int k = 0; k < 101; ++k) list += std::to_string(k) + ",";
  EXPECT_THAT(error_of("{grid: {seed: [" + list + "], run.rounds: [" + list + "]}}"),
              HasSubstr("more than 10000 runs"));
}

TEST(Sweep, IsRefusedWhereOneRunIsWanted) {
  try {
    Config::parse(with_sweep("{grid: {seed: [1]}}"), "x.yaml");
    ADD_FAILURE();
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(), StartsWith("x.yaml:5:1: sweep: found a sweep of several runs"));
  }
}

constexpr const char* kPaper =
    "paper: {title: T, citation: C, claim: D, y: grad_norm, target: common}\n";

TEST(Paper, IsCheckedAndLeavesTheRunsAlone) {
  const Config with = Config::parse(good_config() + kPaper, "x.yaml");
  const Config without = Config::parse(good_config(), "x.yaml");
  EXPECT_EQ(with.canonical(), without.canonical());
  EXPECT_EQ(with.section("paper").text("title"), "T");

  const Sweep sweep = parse_sweep(with_sweep("{grid: {seed: [1]}}") + kPaper, "x.yaml").value();
  EXPECT_EQ(sweep.paper.value().text("target"), "common");
  EXPECT_FALSE(sweep.runs.front().config.root().has("paper"));
}

TEST(Paper, MistakesHaveTheirPlace) {
  try {
    parse_sweep(with_sweep("{grid: {seed: [1]}}") + "paper: {title: T, y: speed}\n", "x.yaml");
    ADD_FAILURE();
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(), StartsWith("x.yaml:6:1: paper.citation: missing"));
  }
}

}  // namespace
}  // namespace hearsay
