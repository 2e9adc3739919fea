// hearsay compare and hearsay diff: that the figures are those of the files.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/tools/process.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string kBase =
    "topology: {graph: ring, nodes: 4}\n"
    "objective: {model: softmax, data: {name: synthetic, rows: 120, features: 5, classes: 3}, "
    "batch: 8}\n"
    "algorithm: {name: dadam, learning_rate: 0.05}\nrun: {rounds: 60, evaluate_every: 5}\n";

/// One sweep for all tests: two methods, three seeds each, and one that learns nothing.
class Compare : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = new TempDir;
    const std::string config = dir_->write(
        "sweep.yaml", kBase +
                          "sweep:\n  grid: {seed: [1, 2, 3]}\n  cases:\n    full: {}\n"
                          "    top-k 10 %: {algorithm: {name: choco-amsgrad, gossip_step: 0.3, "
                          "compressor: {name: top-k, ratio: 0.1}}}\n");
    ASSERT_EQ(run({"run", config, "--simulate", "--out", sweep()}).status, 0);
    const std::string slow = dir_->write("slow.yaml", "name: slow & 1_2\n" + kBase);
    ASSERT_EQ(run({"run", slow, "--simulate", "--out", *dir_ / "slow", "--set",
                   "algorithm.learning_rate=1e-6"})
                  .status,
              0);
  }
  static void TearDownTestSuite() {
    delete dir_;
    dir_ = nullptr;
  }
  static std::string sweep() { return *dir_ / "sweep"; }

  static Ended compare(const Arguments& more, const Arguments& folders = {sweep()}) {
    Arguments arguments = {"compare"};
    arguments.insert(arguments.end(), folders.begin(), folders.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  /// Of csv output: a cell by the method and the column.
  static std::string cell(const std::string& csv, const std::string& method,
                          const std::string& column) {
    std::ofstream(*dir_ / "table.csv") << csv;
    const Table table = read_table(*dir_ / "table.csv");
    for (std::size_t k = 0; k < table[0].size(); ++k)
      if (table[0][k] == column)
        for (const auto& row : table)
          if (row[0] == method) return row[k];
    return "no such cell";
  }

  static TempDir* dir_;
};

TempDir* Compare::dir_ = nullptr;

TEST_F(Compare, CountsUpToTheFirstEvaluationAtTheTargetAndTakesMeansOverSeeds) {
  const Ended ended = compare({"--metric", "train_loss", "--target", "0.9", "--format", "csv"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.err, "to train_loss ≤ 0.9\n");
  for (const auto& [method, prefix] : {std::pair{"full", "full"}, {"top-k 10 %", "top-k-10"}}) {
    double rounds = 0.0;
    double bits = 0.0;
    std::vector<double> last;
    for (const auto& entry : std::filesystem::directory_iterator(sweep())) {
      if (!entry.path().filename().string().starts_with(prefix)) continue;
      const Table metrics = read_table(entry.path() / "metrics.csv");
      for (std::size_t row = 1; row < metrics.size(); ++row) {
        if (std::stod(metrics[row].at(3)) > 0.9) continue;
        rounds += std::stod(metrics[row].at(0)) / 3.0;
        bits += std::stod(metrics[row].at(7)) / 3.0;
        break;
      }
      last.push_back(std::stod(metrics.back().at(3)));
    }
    ASSERT_THAT(last, SizeIs(3)) << method;
    const double mean = (last[0] + last[1] + last[2]) / 3.0;
    double squares = 0.0;
    for (const double y : last) squares += (y - mean) * (y - mean);
    ASSERT_GT(rounds, 0.0);
    EXPECT_EQ(cell(ended.out, method, "runs"), "3");
    EXPECT_NEAR(std::stod(cell(ended.out, method, "rounds")), rounds, 1e-9);
    EXPECT_NEAR(std::stod(cell(ended.out, method, "ideal_bits")), bits, 1e-6);
    EXPECT_NEAR(std::stod(cell(ended.out, method, "last_train_loss")), mean, 1e-12);
    EXPECT_NEAR(std::stod(cell(ended.out, method, "deviation")), std::sqrt(squares / 2.0), 1e-12);
  }
}

TEST_F(Compare, SeedsOfASweepAreOneMethodWhateverGossipStepsWereFound) {
  const std::string config =
      dir_->write("auto.yaml", kBase + "sweep: {grid: {seed: [1, 2, 3, 4]}}\n");
  const std::string out = *dir_ / "auto";
  ASSERT_EQ(run({"run", config, "--simulate", "--out", out, "--set",
                 "algorithm={name: choco-amsgrad, learning_rate: 0.05, compressor: scaled-sign}"})
                .status,
            0);
  std::set<std::string> steps;
  for (int seed = 1; seed <= 4; ++seed) {
    const std::string resolved = read_file(fmt::format("{}/seed={}/config.yaml", out, seed));
    const std::size_t begin = resolved.find("gossip_step: ");
    ASSERT_NE(begin, std::string::npos);
    steps.insert(resolved.substr(begin, resolved.find('\n', begin) - begin));
  }
  ASSERT_GT(steps.size(), 1U) << "choose seeds whose trials differ";
  const Ended ended = compare({"--format", "csv"}, {out});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, ContainsRegex("\nauto,4,[^\n]*\n$"));  // under the sweep's name
}

TEST_F(Compare, RatiosAreOfTheNamedBaseline) {
  const Ended ended = compare(
      {"--metric", "train_loss", "--target", "0.9", "--baseline", "full", "--format", "csv"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  const double full = std::stod(cell(ended.out, "full", "ideal_bits"));
  const double sparse = std::stod(cell(ended.out, "top-k 10 %", "ideal_bits"));
  EXPECT_EQ(cell(ended.out, "full", "ideal_bits_ratio"), "1");
  EXPECT_NEAR(std::stod(cell(ended.out, "top-k 10 %", "ideal_bits_ratio")), full / sparse, 1e-9);
  EXPECT_GT(full / sparse, 2.0);

  const Ended unknown = compare({"--baseline", "fool"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err,
              HasSubstr("--baseline: found fool, allowed is one of\n  full\n  top-k 10 %"));
}

TEST_F(Compare, TheAutomaticTargetIsReachedByAllAndNamed) {
  const Ended ended = compare({"--metric", "train_loss", "--format", "csv"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, AllOf(StartsWith("to train_loss ≤ 0."),
                               HasSubstr(", the best that all reach, rounded\n")));
  for (const char* method : {"full", "top-k 10 %"})
    EXPECT_NE(cell(ended.out, method, "rounds"), "") << ended.out;
}

TEST_F(Compare, WhoDoesNotGetThereHasNoCost) {
  const Ended ended = compare({"--metric", "train_loss", "--target", "0.9", "--baseline", "full"},
                              {sweep(), *dir_ / "slow"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, ::testing::ContainsRegex("slow & 1_2 +1 +– +– +– +– +– +– +[0-9.]+\n"));
  EXPECT_THAT(ended.out, ::testing::ContainsRegex("full +3 +[0-9]+ +[0-9.]+ kbit +[0-9.]+ kB"));
  EXPECT_THAT(ended.out, HasSubstr(" ± "));
}

TEST_F(Compare, WritesMarkdownAndLatex) {
  const Ended markdown = compare({"--format", "markdown"}, {*dir_ / "slow"});
  EXPECT_THAT(markdown.out, StartsWith("| method | rounds | bits | on wire | seconds | last "));
  EXPECT_THAT(markdown.out, HasSubstr("\n| --- | ---: | ---: | ---: | ---: | ---: |\n"));
  const Ended latex = compare({"--format", "latex"}, {*dir_ / "slow"});
  EXPECT_THAT(latex.out,
              AllOf(StartsWith("\\begin{tabular}{lrrrrr}\n\\toprule\nmethod & rounds"),
                    HasSubstr("\nslow \\& 1\\_2 & "), HasSubstr("\\bottomrule\n\\end{tabular}\n")));
}

TEST_F(Compare, SaysWhatItCannotRead) {
  const Ended nothing = compare({}, {*dir_ / "nowhere"});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_THAT(nothing.err, HasSubstr("nowhere holds no run: there is no metrics.csv"));
  EXPECT_EQ(compare({"--metric", "loss"}).status, 2);
  EXPECT_THAT(compare({"--target", "low"}).err,
              HasSubstr("--target: found low, allowed are a number and auto"));
}

class Differences : public ::testing::Test {
 protected:
  std::string run_as(const std::string& name, const Arguments& more = {}) const {
    const std::string config = dir_.write(name + ".yaml", "name: " + name + "\n" + kBase);
    Arguments arguments = {"run", config, "--simulate", "--out", dir_ / name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(run(arguments).status, 0);
    return dir_ / name;
  }

  TempDir dir_;
};

TEST_F(Differences, OfARunAndItselfAreNone) {
  const std::string a = run_as("one");
  const std::string b = run_as("two", {"--threads", "2"});
  const Ended ended = run({"diff", a, b});
  EXPECT_EQ(ended.status, 0) << ended.out;
  EXPECT_THAT(ended.out, HasSubstr("config: differs in\n  name: \"one\" and \"two\"\n"));
  EXPECT_THAT(ended.out, HasSubstr("metrics.csv: the same, 13 rows\n"));
  EXPECT_THAT(ended.out, HasSubstr("nodes.csv: the same, 52 rows\n"));
  EXPECT_THAT(ended.out, HasSubstr("edges.csv: the same, 8 rows\n"));
  EXPECT_THAT(ended.out, HasSubstr("model.safetensors: the same, 18 values\n"));
}

TEST_F(Differences, BeginWhereTheyBegin) {
  const std::string a = run_as("one");
  const std::string b = run_as("two", {"--set",
                                       "algorithm.schedule={kind: step, milestones: [20], "
                                       "unit: rounds, factor: 0.5}"});
  const Ended ended = run({"diff", a, b});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.out, HasSubstr("  algorithm.schedule.kind: \"constant\" and \"step\"\n"));
  EXPECT_THAT(ended.out, HasSubstr("metrics.csv: differs\n  first in round 25, train_loss: "));
  EXPECT_THAT(ended.out,
              ::testing::ContainsRegex("  grad_norm: 8 of 13 rows from round 25 on; most in round "
                                       "[0-9]+: [0-9.e-]+ and [0-9.e-]+, [0-9.e-]+ apart "
                                       ".[0-9.e-]+ of it.\n"));
  EXPECT_THAT(ended.out, HasSubstr("edges.csv: the same, 8 rows\n"));
  EXPECT_THAT(ended.out, HasSubstr("model.safetensors: differs\n"));
  EXPECT_THAT(ended.out, Not(HasSubstr("seconds")));
}

TEST_F(Differences, WithinTheToleranceAreNone) {
  const std::string a = run_as("one");
  std::filesystem::copy(a, dir_ / "two", std::filesystem::copy_options::recursive);
  std::string metrics = read_file(a + "/metrics.csv");
  const Table table = read_table(a + "/metrics.csv");
  const std::string cell = table[4].at(3);
  metrics.replace(metrics.find(cell), cell.size(), fmt::format("{}", std::stod(cell) * 1.0001));
  std::ofstream(dir_ / "two/metrics.csv") << metrics;
  EXPECT_EQ(run({"diff", a, dir_ / "two", "--tolerance", "1e-3"}).status, 0);
  const Ended ended = run({"diff", a, dir_ / "two"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.out, HasSubstr("train_loss: 1 of 13 rows from round 15 on"));
}

TEST_F(Differences, OfWhatIsMissing) {
  const std::string a = run_as("one");
  const std::string b = run_as("two", {"--set", "run.rounds=40"});
  std::filesystem::remove(b + "/edges.csv");
  const Ended ended = run({"diff", a, b});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(
      ended.out,
      HasSubstr("metrics.csv: differs\n  rows that only the first has: 4; only the second: 0\n"));
  EXPECT_THAT(ended.out, HasSubstr("edges.csv: only " + a + " has one\n"));
  const Ended nothing = run({"diff", a, dir_ / "nowhere"});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_THAT(nothing.err, HasSubstr("nowhere holds no run"));
}

}  // namespace
}  // namespace hearsay::testing
