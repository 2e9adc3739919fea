// A sweep as a user runs it: its folders, what a second call does, and how failures end.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/process.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;
constexpr int kInterrupted = 130;

const char* const kBase =
    "name: small\n"
    "topology: {graph: ring, nodes: 4}\n"
    "objective: {model: softmax, data: digits, batch: 8}\n"
    "algorithm: {name: choco-sgd, learning_rate: 0.01, compressor: {name: top-k, ratio: 0.1}}\n"
    "run: {rounds: 20, evaluate_every: 5}\n";

class SweepCommand : public ::testing::Test {
 protected:
  std::string config(const std::string& sweep, const std::string& base = kBase) const {
    return dir_.write("small.yaml", base + "sweep: " + sweep + "\n");
  }

  Ended run_sweep(const std::string& file, const Arguments& more = {}) const {
    Arguments arguments = {"run", file, "--simulate", "--out", out()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  std::string out() const { return dir_ / "out"; }
  nlohmann::json record() const { return nlohmann::json::parse(read_file(out() + "/sweep.json")); }

  TempDir dir_;
  const std::string two_by_two_ =
      "{grid: {seed: [1, 2]}, cases: {sgd: , ams: {algorithm.name: choco-amsgrad}}}";
};

TEST_F(SweepCommand, RunsEveryCombinationInAFolderOfItsOwn) {
  const Ended ended = run_sweep(config(two_by_two_));
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, AllOf(StartsWith("small: 4 runs"), HasSubstr("\n[1/4] "),
                               HasSubstr("\n[4/4] "), HasSubstr("sgd,seed=1: 20 rounds, loss ")));
  EXPECT_THAT(ended.out, AllOf(HasSubstr("\nams,seed=2"), HasSubstr("\n4 of 4 runs done\n"),
                               HasSubstr("results  " + out() + "\n")));
  const nlohmann::json sweep = record();
  ASSERT_EQ(sweep["runs"].size(), 4U);
  EXPECT_EQ(sweep["runs"][3]["name"], "ams,seed=2");
  EXPECT_EQ(sweep["runs"][3]["case"], "ams");
  EXPECT_EQ(sweep["runs"][3]["overrides"]["algorithm.name"], "choco-amsgrad");
  EXPECT_EQ(sweep["runs"][3]["grid"]["seed"], 2);
  EXPECT_EQ(sweep["runs"][3]["status"], "done");
}

TEST_F(SweepCommand, GivesEachRunTheResultsThatItHasAlone) {
  ASSERT_EQ(run_sweep(config(two_by_two_), {"--jobs", "3"}).status, 0);
  for (const char* name : {"sgd,seed=1", "ams,seed=2"}) {
    const std::string folder = out() + "/" + name;
    const std::string alone = dir_ / (std::string("alone-") + name);
    const Ended ended =
        run({"run", folder + "/config.yaml", "--simulate", "--threads", "2", "--out", alone});
    ASSERT_EQ(ended.status, 0) << ended.err;
    expect_same_results(folder, alone);
  }
  const std::string by_hand = dir_ / "by-hand";
  ASSERT_EQ(
      run({"run", dir_.write("plain.yaml", kBase), "--simulate", "--set", "seed=2", "--set",
           "algorithm.name=choco-amsgrad", "--set", "name=\"small/ams,seed=2\"", "--out", by_hand})
          .status,
      0);
  expect_same_results(out() + "/ams,seed=2", by_hand);
}

TEST_F(SweepCommand, RunsRealProcessesOneAfterTheOther) {
  const std::string file = config("{grid: {seed: [1, 2]}}");
  const Ended real = run({"run", file, "--out", dir_ / "real"});
  ASSERT_EQ(real.status, 0) << real.err;
  EXPECT_THAT(real.err, Not(HasSubstr("at a time")));
  ASSERT_EQ(run_sweep(file).status, 0);
  for (const char* name : {"/seed=1", "/seed=2"})
    expect_same_results(dir_ / ("real" + std::string(name)), out() + name);
}

TEST_F(SweepCommand, ASecondCallRunsOnlyWhatIsNotComplete) {
  const std::string file = config(two_by_two_);
  ASSERT_EQ(run_sweep(file).status, 0);
  const auto unchanged = std::filesystem::last_write_time(out() + "/sgd,seed=1/summary.json");
  std::filesystem::remove(out() + "/ams,seed=1/summary.json");
  const Ended again = run_sweep(file);
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_THAT(again.err, AllOf(HasSubstr("4 runs, 3 of them complete already"),
                               HasSubstr("[1/1] ams,seed=1: 20 rounds")));
  EXPECT_EQ(std::filesystem::last_write_time(out() + "/sgd,seed=1/summary.json"), unchanged);

  const Ended more = run_sweep(config("{grid: {seed: [1, 2, 3]}, cases: {sgd: }}"));
  EXPECT_THAT(more.err, HasSubstr("[1/1] sgd,seed=3"));
}

TEST_F(SweepCommand, AChangedConfigIsAnErrorThatNamesTheKey) {
  const std::string file = config(two_by_two_);
  ASSERT_EQ(run_sweep(file).status, 0);
  const Ended again = run_sweep(file, {"--set", "run.rounds=21"});
  EXPECT_EQ(again.status, kBadUsage);
  EXPECT_THAT(again.err, AllOf(HasSubstr("sgd,seed=1 was run with another config"),
                               HasSubstr("another run.rounds"), HasSubstr("give another --out")));
}

TEST_F(SweepCommand, AnotherModelFileOfTheSameNameIsAnotherConfig) {
  const std::string plain = dir_.write("plain.yaml", kBase);
  const std::string first = dir_ / "first";
  ASSERT_EQ(run({"run", plain, "--simulate", "--out", first}).status, 0);
  const std::string start = dir_ / "start.safetensors";
  std::filesystem::copy_file(first + "/model.safetensors", start);
  const std::string file = config("{grid: {seed: [1]}}");
  const Arguments from_there = {"--set", "objective.start=" + start};
  ASSERT_EQ(run_sweep(file, from_there).status, 0);
  EXPECT_THAT(run_sweep(file, from_there).err, HasSubstr("1 of them complete already"));

  std::filesystem::copy_file(out() + "/seed=1/model.safetensors", start,
                             std::filesystem::copy_options::overwrite_existing);
  const Ended again = run_sweep(file, from_there);
  EXPECT_EQ(again.status, kBadUsage);
  EXPECT_THAT(again.err, HasSubstr("other content of a model file"));
}

TEST_F(SweepCommand, AnAutomaticGossipStepIsNoChange) {
  const std::string file = config("{grid: {algorithm.gossip_step: [auto]}}");
  ASSERT_EQ(run_sweep(file).status, 0);
  EXPECT_THAT(run_sweep(file).err, HasSubstr("1 of them complete already"));
}

TEST_F(SweepCommand, ARunThatFailsIsAResult) {
  const std::string file = config("{cases: {good: , bad: {algorithm: {learning_rate: 1.0e+38}}}}",
                                  "topology: {graph: ring, nodes: 4}\n"
                                  "objective: {model: quadratic, dimension: 5}\n"
                                  "algorithm: {name: dpsgd, learning_rate: 0.01}\n"
                                  "run: {rounds: 20}\n");
  const Ended ended = run_sweep(file);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("bad: failed: node "));
  EXPECT_THAT(ended.out, HasSubstr("1 of 2 runs done, 1 failed"));
  const nlohmann::json bad = record()["runs"][1];
  EXPECT_EQ(bad["status"], "failed");
  EXPECT_THAT(bad["reason"].get<std::string>(), StartsWith("node "));

  const Ended strict = run_sweep(file, {"--strict"});
  EXPECT_EQ(strict.status, kFailed);
  EXPECT_THAT(strict.err, HasSubstr("[1/1] bad: failed"));
  EXPECT_EQ(
      run_sweep(file, {"--set", "sweep.cases={bad: {algorithm.learning_rate: 1.0e+38}}"}).status,
      kFailed)
      << "all failed";
}

TEST_F(SweepCommand, EndsWithTheBestSettingOfEachMethod) {
  const Ended ended =
      run_sweep(config("{grid: {algorithm.learning_rate: [1.0e-4, 0.01], seed: [1, 2]}, "
                       "cases: {sgd: , ams: {algorithm.name: choco-amsgrad}}}"));
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("\n\nof each method the setting with the best last "
                                   "test_accuracy, mean over the seeds; "));
  // gossip_step: auto depends on the seed, and the two runs are repetitions all the same.
  for (const char* method : {"sgd", "ams"})
    EXPECT_THAT(ended.out,
                ::testing::ContainsRegex(fmt::format("\n{} +learning_rate 0.01 +2 ", method)));
  const Ended table = run({"compare", out(), "--best"});
  EXPECT_THAT(ended.out, HasSubstr(fmt::format("\n{}\n8 of 8 runs done\n", table.out)));
}

TEST_F(SweepCommand, WithoutAGridOfSettingsEndsWithAllMethods) {
  const Ended ended = run_sweep(config(two_by_two_));
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, Not(HasSubstr("of each method")));
  EXPECT_THAT(ended.out,
              HasSubstr(fmt::format("\n{}\n4 of 4 runs done\n", run({"compare", out()}).out)));
}

TEST_F(SweepCommand, MistakesComeBeforeTheFirstRun) {
  const Ended schema = run_sweep(config("{grid: {run.rounds: [5, 0]}}"));
  EXPECT_EQ(schema.status, kBadUsage);
  EXPECT_THAT(schema.err, HasSubstr("small.yaml:6:32: run.rounds: found 0"));
  const Ended built =
      run_sweep(config("{grid: {topology.graph: [ring, hypercube, torus]}, "
                       "cases: {a: {topology.nodes: 6}}}"));
  EXPECT_EQ(built.status, kBadUsage);
  EXPECT_THAT(built.err, HasSubstr("small.yaml:6:"));
  EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(SweepCommand, CtrlCStopsInOrderAndTheNextCallGoesOn) {
  const std::string file = config("{grid: {run.rounds: [10, 1000000000]}}");
  Process process({"run", file, "--simulate", "--jobs", "1", "--out", out()});
  ASSERT_TRUE(process.wait_for(Stream::err, "[1/2] rounds=10: 10 rounds"));
  ASSERT_TRUE(
      eventually([&] { return read_table(out() + "/rounds=1000000000/metrics.csv").size() > 2; }));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(), kInterrupted);
  EXPECT_THAT(process.err(), HasSubstr(" rounds (stopped), "));
  EXPECT_EQ(record()["runs"][0]["status"], "done");
  EXPECT_EQ(record()["runs"][1]["status"], "interrupted");
  EXPECT_THAT(process.out(), HasSubstr("the same command with --out " + out()));
}

TEST_F(SweepCommand, AndASingleRunDoNotShareAFolder) {
  const std::string plain = dir_.write("plain.yaml", kBase);
  ASSERT_EQ(run_sweep(config(two_by_two_)).status, 0);
  const Ended single = run_sweep(plain);
  EXPECT_EQ(single.status, kBadUsage);
  EXPECT_THAT(single.err, HasSubstr("holds the results of a sweep"));
  ASSERT_EQ(run({"run", plain, "--simulate", "--out", dir_ / "one"}).status, 0);
  EXPECT_EQ(run({"run", config(two_by_two_), "--simulate", "--out", dir_ / "one"}).status,
            kBadUsage);
}

TEST_F(SweepCommand, OptionsOfSweepsAreRefusedElsewhere) {
  const std::string plain = dir_.write("plain.yaml", kBase);
  EXPECT_EQ(run_sweep(plain, {"--jobs", "2"}).status, kBadUsage);
  EXPECT_EQ(run_sweep(plain, {"--strict"}).status, kBadUsage);
  EXPECT_EQ(run({"run", config(two_by_two_), "--jobs", "2"}).status, kBadUsage);
  EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(SweepCommand, OtherCommandsSayWhatTheyDoWithASweep) {
  const std::string file = config(two_by_two_);
  const Ended check = run({"check", file});
  EXPECT_EQ(check.status, 0);
  EXPECT_THAT(check.out, AllOf(StartsWith("---  # sgd,seed=1\nname: "),
                               HasSubstr("\n---  # ams,seed=2\nname: \"small/ams,seed=2\"\n")));
  for (const Arguments& command : {Arguments{"peer", file, "--node", "0"}, {"topology", file}}) {
    const Ended ended = run(command);
    EXPECT_EQ(ended.status, kBadUsage);
    EXPECT_THAT(ended.err, HasSubstr("small.yaml:6:1: sweep: found a sweep of several runs"));
  }
}

}  // namespace
}  // namespace hearsay::testing
