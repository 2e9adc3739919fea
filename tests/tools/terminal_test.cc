// What a person sees: a live bar on a terminal, plain lines when redirected, results on stdout
// alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/tools/process.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kInterrupted = 130;

class Terminal : public ::testing::Test {
 protected:
  Arguments arguments(int rounds, const Arguments& more = {}) {
    const std::string config = dir_.write("seen.yaml",
                                          "name: seen\n"
                                          "topology: {graph: ring, nodes: 3}\n"
                                          "objective: {model: softmax, data: digits, batch: 8}\n"
                                          "algorithm: {name: dpsgd, learning_rate: 0.01}\n"
                                          "run: {rounds: " +
                                              std::to_string(rounds) + ", evaluate_every: 20}\n");
    Arguments result = {"run", config, "--out", dir_ / ("out-" + std::to_string(++runs_))};
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }

  TempDir dir_;
  int runs_ = 0;
  const Process::Options on_terminal_{.environment = {}, .directory = {}, .terminal = true};
};

TEST_F(Terminal, RedirectedProgressIsPlainLinesOnStderrAndTheResultsAreOnStdout) {
  for (const Arguments& mode : {Arguments{}, Arguments{"--simulate"}}) {
    const Ended ended = run(arguments(40, mode));
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_THAT(
        ended.err,
        AllOf(HasSubstr("seen: dpsgd on 3 nodes (ring)"), HasSubstr("data: digits (1438 rows"),
              HasSubstr("\nround 0/40  loss 2.30259  "), HasSubstr("\nround 20/40  loss "),
              HasSubstr("\nround 40/40  loss ")));
    EXPECT_THAT(ended.out, HasSubstr("done after 40 of 40 rounds: dpsgd on 3 nodes (ring)"));
    EXPECT_THAT(ended.out, Not(HasSubstr("round 20/40")));
    for (const std::string& text : {ended.err, ended.out})
      EXPECT_THAT(text, AllOf(Not(HasSubstr("\r")), Not(HasSubstr("\x1b"))));
  }
}

TEST_F(Terminal, ShowsALiveBarAndTheTableBelowIt) {
  const Ended ended = run(arguments(40), on_terminal_);
  ASSERT_EQ(ended.status, 0) << ended.out;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("\r╌╌╌╌"), HasSubstr("\r━━━━━━━━━━━━━━━━━━━━━━━━ 40/40"),
                               HasSubstr("\x1b[K"), HasSubstr("done after 40 of 40 rounds")));
  EXPECT_THAT(ended.out, Not(HasSubstr("round 20/40")));
}

TEST_F(Terminal, CtrlCStopsInOrder) {
  Process process(arguments(100'000'000), on_terminal_);
  ASSERT_TRUE(process.wait_for(Stream::out, "  ETA "));
  process.type("\x03");
  EXPECT_EQ(process.wait(), kInterrupted) << process.out();
  EXPECT_THAT(process.out(),
              AllOf(HasSubstr("stopped after "), HasSubstr("results  " + (dir_ / "out-1"))));
}

TEST_F(Terminal, CtrlCStopsTheSimulatorInOrder) {
  Process process(arguments(100'000'000, {"--simulate"}), on_terminal_);
  ASSERT_TRUE(process.wait_for(Stream::out, "  ETA "));
  process.type("\x03");
  EXPECT_EQ(process.wait(), kInterrupted) << process.out();
  EXPECT_THAT(process.out(), HasSubstr("stopped after "));
}

TEST_F(Terminal, ErrorsAreRedOnATerminalOnly) {
  EXPECT_THAT(run({"run", "/nowhere.yaml"}, on_terminal_).out,
              HasSubstr("\x1b[1;31merror:\x1b[0m /nowhere.yaml"));
  EXPECT_THAT(run({"run", "/nowhere.yaml"}).err, HasSubstr("error: /nowhere.yaml"));
}

TEST_F(Terminal, AFailureStartsOnALineOfItsOwn) {
  Arguments diverging = arguments(
      40, {"--set", "algorithm.learning_rate=1e30", "--set", "objective={model: quadratic}"});
  const Ended ended = run(diverging, on_terminal_);
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.out, HasSubstr("\nrun failed: node "));
}

}  // namespace
}  // namespace hearsay::testing
