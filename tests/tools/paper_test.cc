// The cards of configs/paper, and the report that is made of their runs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "nodes/config/sweep.h"
#include "tests/tools/process.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> cards() {
  std::vector<std::string> result;
  for (const auto& entry : fs::recursive_directory_iterator(HEARSAY_CONFIGS "/paper"))
    if (entry.is_regular_file()) result.push_back(entry.path().string());
  std::sort(result.begin(), result.end());
  return result;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& tested) {
  std::string name = fs::path(tested.param).stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class PaperCard : public ::testing::TestWithParam<std::string> {};

TEST_P(PaperCard, IsASweepThatAReportCanBeMadeOf) {
  const auto sweep = load_sweep(GetParam());
  ASSERT_TRUE(sweep);
  EXPECT_EQ(sweep->name, fs::path(GetParam()).stem().string());
  ASSERT_TRUE(sweep->paper);

  // What the report looks for by name is there.
  const Params& paper = *sweep->paper;
  const auto in_grid = [&](const std::string& key) {
    for (const SweepSetting& setting : sweep->runs.front().grid)
      if (setting.key == key) return true;
    return false;
  };
  if (paper.has("choose")) {
    for (const Value& key : paper.list("choose"))
      EXPECT_TRUE(in_grid(std::get<std::string>(key.data)));
  }
  if (paper.has("scaling")) {
    EXPECT_TRUE(in_grid(paper.text("scaling")));
  }
  const std::string baseline = paper.text("baseline");
  EXPECT_TRUE(std::any_of(sweep->runs.begin(), sweep->runs.end(),
                          [&](const SweepRun& run) { return run.case_name == baseline; }));
  for (const SweepRun& run : sweep->runs) EXPECT_THAT(run.config.warnings(), ::testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Cards, PaperCard, ::testing::ValuesIn(cards()), test_name);

/// Debian's own Python with matplotlib, as tools/paper uses it.
int report(const std::string& arguments) {
  return std::system(
      fmt::format("PYTHONPATH={} /usr/bin/python3 -B -m paper_report {} >/dev/null 2>&1",
                  HEARSAY_SCRIPTS, arguments)
          .c_str());
}

class PaperReport : public ::testing::Test {
 protected:
  /// Runs a card of two methods and two tuned rates, one of which fails.
  void run_card() {
    const std::string card = dir_.write(
        "card.yaml",
        "topology: {graph: ring, nodes: 4}\n"
        "objective: {model: quadratic, dimension: 20}\n"
        "algorithm: {name: choco-sgd, learning_rate: 0.01, compressor: identity}\n"
        "run: {rounds: 60, evaluate_every: 10}\n"
        "sweep:\n"
        "  grid: {algorithm.learning_rate: [0.02, 0.1, 1.0e+38]}\n"
        "  cases:\n"
        "    full: {algorithm: {name: dpsgd}}\n"
        "    sparse: {algorithm: {compressor: {name: top-k, ratio: 0.25}, gossip_step: 0.3}}\n"
        "paper:\n"
        "  {title: A small study, citation: Nobody, claim: Less is less., y: grad_norm, \n"
        "   outcome: Written by hand., choose: [algorithm.learning_rate], target: common,\n"
        "   baseline: full}\n");
    const Ended ended = run({"run", card, "--simulate", "--out", dir_ / "runs"});
    ASSERT_EQ(ended.status, 0) << ended.err;
    ASSERT_EQ(report(fmt::format("--out {} {}", dir_ / "results.md", dir_ / "runs")), 0);
  }

  TempDir dir_;
};

TEST_F(PaperReport, SaysWhatWasClaimedWhatWasFoundAndWhatWasRun) {
  run_card();
  const std::string text = read_file(dir_ / "results.md");
  EXPECT_THAT(text, AllOf(HasSubstr("\n## A small study\n"), HasSubstr("**Claim.** Less is less."),
                          HasSubstr("**Outcome.** Written by hand.")));
  EXPECT_THAT(text, AllOf(HasSubstr("| topology | ring, nodes 4, "),
                          HasSubstr("| grid algorithm.learning_rate | 0.02, 0.1, "),
                          HasSubstr("Failed, and left out: `full,learning_rate=1.0e+38`: node ")));
}

TEST_F(PaperReport, TakesItsNumbersFromTheBestRun) {
  run_card();
  const double last = last_metric(dir_.path() / "runs/full,learning_rate=0.1", "grad_norm");
  const double other = last_metric(dir_.path() / "runs/full,learning_rate=0.02", "grad_norm");
  ASSERT_LT(last, other);
  const double bits = last_metric(dir_.path() / "runs/full,learning_rate=0.1", "ideal_bits");
  EXPECT_THAT(
      read_file(dir_ / "results.md"),
      HasSubstr(fmt::format("| full | 0.1 | 60 | {:.4g} | {:.3g} kbit |", last, bits / 1e3)));
}

TEST_F(PaperReport, DrawsTheSamePlotsAgain) {
  run_card();
  const std::string file = dir_ / "results/card-round.svg";
  const std::string first = read_file(file);
  EXPECT_THAT(first, HasSubstr("</svg>"));
  EXPECT_THAT(read_file(dir_ / "results.md"), AllOf(HasSubstr("](results/card-round.svg)"),
                                                    HasSubstr("](results/card-ideal-bits.svg)")));
  ASSERT_EQ(report(fmt::format("--out {} {}", dir_ / "results.md", dir_ / "runs")), 0);
  EXPECT_TRUE(read_file(file) == first);
}

TEST_F(PaperReport, KeepsSectionsOfCardsWhoseRunsAreElsewhere) {
  run_card();
  const std::string kept =
      "## Kept\n\n*Nobody.* Card: `configs/paper/comp-ams-mnist.yaml`.\n\nAs it was.\n";
  const std::string gone = "## Gone\n\n*Nobody.* Card: `configs/paper/no-such-card.yaml`.\n";
  std::ofstream(dir_ / "results.md", std::ios::app) << "\n" << kept << "\n" << gone;
  ASSERT_EQ(report(fmt::format("--out {} {}", dir_ / "results.md", dir_ / "runs")), 0);
  const std::string text = read_file(dir_ / "results.md");
  EXPECT_THAT(text, AllOf(HasSubstr("- [Kept](#kept)\n"), HasSubstr("\n" + kept),
                          HasSubstr("\n## A small study\n"), Not(HasSubstr("Gone"))));
}

TEST_F(PaperReport, RefusesAFolderThatIsNoExperiment) {
  EXPECT_NE(report(fmt::format("--out {} {}", dir_ / "results.md", dir_.path().string())), 0);
  EXPECT_FALSE(fs::exists(dir_ / "results.md"));
}

}  // namespace
}  // namespace hearsay::testing
