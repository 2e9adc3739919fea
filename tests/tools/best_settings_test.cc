// hearsay compare --best: on runs made up so that the answer is known.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/process.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kBadUsage = 2;

/// A run of a sweep: its losses at rounds 0, 10, 20, ...; each round sends `bits`.
struct Fake {
  std::string case_name;
  double rate = 0.0;
  int seed = 1;
  std::vector<std::string> losses;
  int bits = 100;
  std::string status = "done";
  bool interrupted = false;
  int nodes = 0;  // the grid has that key too when it is above 0
};

class Best : public ::testing::Test {
 protected:
  /// A folder as a sweep leaves it.
  std::string sweep_of(const std::vector<Fake>& fakes, const std::string& name = "sweep",
                       const nlohmann::json& paper = nullptr) const {
    nlohmann::ordered_json sweep = {{"name", name}};
    if (!paper.is_null()) sweep["paper"] = paper;
    for (const Fake& fake : fakes) {
      nlohmann::ordered_json grid = {{"algorithm.learning_rate", fake.rate}, {"seed", fake.seed}};
      if (fake.nodes > 0) grid["topology.nodes"] = fake.nodes;
      const std::string run =
          fmt::format("{},{},{},{}", fake.case_name, fake.rate, fake.nodes, fake.seed);
      sweep["runs"].push_back(
          {{"name", run}, {"case", fake.case_name}, {"grid", grid}, {"status", fake.status}});
      const std::filesystem::path folder = dir_ / (name + "/" + run);
      std::filesystem::create_directories(folder);
      std::ofstream metrics(folder / "metrics.csv");
      metrics << "round,epoch,seconds,train_loss,grad_norm,consensus_error,test_accuracy,"
                 "ideal_bits,wire_bytes\n";
      for (std::size_t k = 0; k < fake.losses.size(); ++k)
        metrics << fmt::format("{},,{},{},{},0.5,,{},{}\n", 10 * k, k, fake.losses[k],
                               fake.losses[k], 10 * k * fake.bits, 2 * k * fake.bits);
      std::ofstream(folder / "summary.json")
          << nlohmann::json{{"interrupted", fake.interrupted},
                            {"config", {{"seed", fake.seed}, {"in", run}, {"name", "x"}}}};
    }
    std::ofstream(dir_ / (name + "/sweep.json")) << sweep;
    return dir_ / name;
  }

  /// METHOD: SETTING of each row of the table.
  static std::vector<std::string> chosen(const std::string& folder, const Arguments& more = {}) {
    Arguments arguments = {"compare", folder, "--best", "--format", "csv"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 0) << ended.err;
    std::vector<std::string> rows;
    std::istringstream lines(ended.out);
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line.find("method,setting,rule,runs,"), 0U) << line;
    while (std::getline(lines, line)) {
      const std::size_t comma = line.find(',');
      rows.push_back(line.substr(0, comma) + ": " +
                     line.substr(comma + 1, line.find(',', comma + 1) - comma - 1));
    }
    return rows;
  }

  TempDir dir_;
};

TEST_F(Best, IsTheMeanOverTheSeedsOfTheLastValue) {
  // 0.1 has the best single run, 0.2 the best mean.
  const std::string sweep = sweep_of({{"a", 0.1, 1, {"9", "1.0"}},
                                      {"a", 0.1, 2, {"9", "4.0"}},
                                      {"a", 0.2, 1, {"9", "2.0"}},
                                      {"a", 0.2, 2, {"9", "2.5"}},
                                      {"b", 0.1, 1, {"9", "3.0"}},
                                      {"b", 0.1, 2, {"9", "3.0"}},
                                      {"b", 0.2, 1, {"9", "5.0"}},
                                      {"b", 0.2, 2, {"9", "5.0"}}});
  EXPECT_THAT(chosen(sweep), ElementsAre("a: learning_rate 0.2", "b: learning_rate 0.1"));
  EXPECT_THAT(chosen(sweep, {"--by", "grad_norm", "--metric", "train_loss"}),
              ElementsAre("a: learning_rate 0.2", "b: learning_rate 0.1"));
}

TEST_F(Best, IsTheLeastCostToTheTarget) {
  // The one sends less each round, the other needs fewer rounds.
  const std::string sweep = sweep_of({{"a", 0.1, 1, {"9", "3", "2", "1"}, 10},
                                      {"a", 0.2, 1, {"9", "2", "2", "1.5"}, 100},
                                      {"a", 0.3, 1, {"9", "8", "7", "0.5"}, 1}});
  const auto by = [&](const char* what) {
    return chosen(sweep, {"--by", what, "--metric", "train_loss", "--target", "2"});
  };
  EXPECT_THAT(by("rounds"), ElementsAre("a: learning_rate 0.2"));
  EXPECT_THAT(by("seconds"), ElementsAre("a: learning_rate 0.2"));
  EXPECT_THAT(by("bits"), ElementsAre("a: learning_rate 0.3"));
  EXPECT_THAT(by("bytes"), ElementsAre("a: learning_rate 0.3"));
  EXPECT_THAT(chosen(sweep, {"--by", "bits", "--metric", "train_loss", "--target", "3"}),
              ElementsAre("a: learning_rate 0.3"));
  EXPECT_THAT(chosen(sweep, {"--by", "train_loss"}), ElementsAre("a: learning_rate 0.3"));
}

TEST_F(Best, IsNeverASettingOfWhichARunWentWrong) {
  const std::string sweep = sweep_of({{"a", 0.1, 1, {"9", "0.1"}, 100, "failed"},
                                      {"a", 0.1, 2, {"9", "0.1"}},
                                      {"a", 0.2, 1, {"9", "nan"}},
                                      {"a", 0.3, 1, {"9", "inf"}},
                                      {"a", 0.4, 1, {"9", "0.2"}, 100, "interrupted", true},
                                      {"a", 0.5, 1, {"9", "0.3"}, 100, "planned"},
                                      {"a", 0.6, 1, {"9", "5"}},
                                      {"b", 0.1, 1, {"9", "nan"}},
                                      {"c", 0.1, 1, {"9", "1"}, 100, "failed"}});
  EXPECT_THAT(chosen(sweep), ElementsAre("a: learning_rate 0.6"));
  const Ended ended = run({"compare", sweep, "--best"});
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("\nb is left out: each of its settings has a run that failed, "
                              "diverged or is not done\n"),
                    HasSubstr("\nc is left out: ")));
  // Where it is about a target, one seed that misses it is enough.
  const std::string some = sweep_of(
      {{"a", 0.1, 1, {"9", "1"}, 1}, {"a", 0.1, 2, {"9", "3"}, 1}, {"a", 0.2, 1, {"9", "2"}}},
      "some");
  EXPECT_THAT(chosen(some, {"--by", "bits", "--metric", "train_loss", "--target", "2"}),
              ElementsAre("a: learning_rate 0.2"));
  const Ended nothing =
      run({"compare", some, "--best", "--by", "bits", "--metric", "train_loss", "--target", "0.5"});
  EXPECT_EQ(nothing.status, kBadUsage);
  EXPECT_THAT(nothing.err, AllOf(HasSubstr("a is left out"), HasSubstr("does not get there"),
                                 HasSubstr("nothing is left to be compared")));
}

TEST_F(Best, OfEqualsIsTheOneWithFewerBitsThenTheEarlier) {
  EXPECT_THAT(chosen(sweep_of({{"a", 0.3, 1, {"9", "1"}, 100},
                               {"a", 0.2, 1, {"9", "1"}, 50},
                               {"a", 0.1, 1, {"9", "1"}, 50}})),
              ElementsAre("a: learning_rate 0.2"));
}

TEST_F(Best, IsChosenOverTheKeysThatAreTuned) {
  const std::vector<Fake> runs = {{"a", 0.1, 1, {"9", "1"}, 1, "done", false, 4},
                                  {"a", 0.2, 1, {"9", "2"}, 1, "done", false, 4},
                                  {"a", 0.1, 1, {"9", "4"}, 1, "done", false, 8},
                                  {"a", 0.2, 1, {"9", "3"}, 1, "done", false, 8}};
  const std::string sweep = sweep_of(runs);
  EXPECT_THAT(run({"compare", sweep, "--best"}).out, HasSubstr("learning_rate 0.1, nodes 4"));
  for (const char* key : {"learning_rate", "algorithm.learning_rate"}) {
    const std::string table = run({"compare", sweep, "--best", "--over", key}).out;
    EXPECT_THAT(table, ::testing::ContainsRegex("a, nodes 4 +learning_rate 0.1 "));
    EXPECT_THAT(table, ::testing::ContainsRegex("a, nodes 8 +learning_rate 0.2 "));
  }
  const std::string paper = sweep_of(runs, "paper", {{"choose", {"algorithm.learning_rate"}}});
  EXPECT_THAT(run({"compare", paper, "--best"}).out,
              ::testing::ContainsRegex("a, nodes 8 +learning_rate 0.2 "));
  const Ended unknown = run({"compare", sweep, "--best", "--over", "rate"});
  EXPECT_EQ(unknown.status, kBadUsage);
  EXPECT_THAT(unknown.err, HasSubstr("--over: found rate, allowed is one of the grid's "
                                     "algorithm.learning_rate, topology.nodes"));
}

TEST_F(Best, OfTwoSweepsIsThatOfEach) {
  const std::string one = sweep_of({{"a", 0.1, 1, {"9", "1"}}, {"a", 0.2, 1, {"9", "2"}}}, "one");
  const std::string two = sweep_of({{"a", 0.1, 2, {"9", "4"}}, {"a", 0.3, 2, {"9", "3"}}}, "two");
  const Ended ended = run({"compare", one, two, "--best"});
  EXPECT_THAT(ended.out, ::testing::ContainsRegex("\na .one. +learning_rate 0.1 "));
  EXPECT_THAT(ended.out, ::testing::ContainsRegex("\na .two. +learning_rate 0.3 "));
}

TEST_F(Best, IsNamedWithItsRuleInEveryFormat) {
  const std::string sweep = sweep_of({{"a_1", 0.1, 1, {"9", "1"}}, {"a_1", 0.2, 1, {"9", "2"}}});
  const auto formatted = [&](const char* format) {
    return run({"compare", sweep, "--best", "--format", format}).out;
  };
  EXPECT_THAT(formatted("text"), HasSubstr("method  setting: the best last train_loss"));
  EXPECT_THAT(formatted("csv"), HasSubstr("\na_1,learning_rate 0.1,the best last train_loss,1,"));
  EXPECT_THAT(formatted("markdown"), AllOf(HasSubstr("| setting: the best last train_loss |"),
                                           HasSubstr("| a_1 | learning_rate 0.1 | ")));
  EXPECT_THAT(formatted("latex"), AllOf(HasSubstr("setting: the best last train\\_loss & "),
                                        HasSubstr("a\\_1 & learning\\_rate 0.1 & ")));
  EXPECT_THAT(run({"compare", sweep, "--best", "--by", "bits", "--metric", "train_loss", "--target",
                   "3", "--format", "latex"})
                  .out,
              HasSubstr("setting: the fewest bits to train\\_loss $\\le$ 3 & "));
  EXPECT_THAT(run({"compare", sweep, "--best"}).err,
              HasSubstr("of each method the setting with the best last train_loss, mean over the "
                        "seeds; of equals the one with fewer bits in all, then the earlier in the "
                        "sweep\n"));
}

TEST_F(Best, TakesTheMethodAsBaseline) {
  const std::string sweep = sweep_of({{"a", 0.1, 1, {"9", "1"}, 100},
                                      {"a", 0.2, 1, {"9", "2"}, 100},
                                      {"b", 0.1, 1, {"9", "1"}, 10}});
  EXPECT_THAT(run({"compare", sweep, "--best", "--baseline", "a"}).out, HasSubstr(" 10 ×"));
  EXPECT_THAT(run({"compare", sweep, "--best", "--baseline", "c"}).err,
              HasSubstr("--baseline: found c, allowed is one of\n  a\n  b"));
}

TEST_F(Best, OfRunsThatAreInNoSweepIsEachOfThem) {
  const std::string sweep = sweep_of({{"a", 0.1, 1, {"9", "1"}}, {"a", 0.2, 1, {"9", "2"}}});
  const Ended ended =
      run({"compare", sweep + "/a,0.1,0,1", sweep + "/a,0.2,0,1", "--best", "--format", "csv"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out,
              AllOf(HasSubstr("\n\"x (a,0.1,0,1)\",,"), HasSubstr("\n\"x (a,0.2,0,1)\",,")));
}

TEST_F(Best, NeedsATargetWhereItIsAboutCosts) {
  const std::string sweep = sweep_of({{"a", 0.1, 1, {"9", "1"}}});
  const Ended ended = run({"compare", sweep, "--best", "--by", "bits"});
  EXPECT_EQ(ended.status, kBadUsage);
  EXPECT_THAT(ended.err, HasSubstr("--by bits: found --target auto, allowed is a number"));
  EXPECT_THAT(run({"compare", sweep, "--by", "bits"}).err, HasSubstr("--by requires --best"));
  EXPECT_EQ(run({"compare", sweep, "--best", "--by", "loss"}).status, kBadUsage);
}

}  // namespace
}  // namespace hearsay::testing
