// What a person sees: a live view on a terminal, plain lines when redirected, results on stdout
// alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <sstream>
#include <string>

#include "tests/tools/process.h"
#include "tests/tools/running.h"
#include "tests/tools/virtual_terminal.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kInterrupted = 130;

/// A terminal that knows UTF-8 and colours, unless the variables say otherwise.
Process::Options terminal(std::map<std::string, std::string> variables) {
  variables.insert({{"TERM", "xterm-256color"}, {"LC_ALL", "C.UTF-8"}, {"NO_COLOR", ""}});
  return {.environment = std::move(variables), .directory = {}, .terminal = true};
}

/// What a terminal shows of it.
VirtualTerminal shown(const std::string& bytes, std::size_t columns = 80, std::size_t rows = 24) {
  VirtualTerminal terminal(columns, rows);
  terminal.feed(bytes);
  return terminal;
}

/// From the word on, where it stands for the last time.
std::string from_last(const std::string& text, const std::string& word) {
  return text.substr(std::min(text.size(), text.rfind(word)));
}

/// The summary without what a clock has a part in, and without its folder.
std::string timeless_summary(const std::string& text) {
  std::istringstream in(text.substr(std::min(text.size(), text.find("   round    epoch"))));
  std::string result;
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && !line.starts_with("time ") && !line.starts_with("results ") &&
        line.find(" of diagnostics ") == std::string::npos)  // word of progress, by the clock
      result += line + "\n";
  return result;
}

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
  const Process::Options on_terminal_ = terminal({});
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

TEST_F(Terminal, ShowsALiveViewThatStaysAboveTheSummary) {
  for (const Arguments& mode : {Arguments{}, Arguments{"--simulate"}}) {
    Process::Options wide = on_terminal_;  // the summary's lines are not broken
    wide.columns = 200;
    const Ended ended = run(arguments(40, mode), wide);
    ASSERT_EQ(ended.status, 0) << ended.out;
    const VirtualTerminal screen = shown(ended.out, wide.columns);
    EXPECT_EQ(screen.cut(), 0U);
    const std::string text = screen.text();
    EXPECT_THAT(
        text,
        AllOf(HasSubstr("\nseen ━━━━━"), HasSubstr("━━━ 100 %\nround     40 of 40  "),
              HasSubstr("\ntraffic "), HasSubstr("\nloss      "), HasSubstr("\nconsensus "),
              HasSubstr("evaluated after round 40\nnodes     ✓ 3 done\n0 ✓ 40   1 ✓ 40   2 ✓ 40\n"),
              HasSubstr("done after 40 of 40 rounds: dpsgd on 3 nodes (ring)")));
    EXPECT_EQ(text.find("seen ━━━━━"), text.rfind("seen ━━━━━")) << "drawn in place, once\n"
                                                                 << text;
    EXPECT_THAT(text, Not(HasSubstr("round 20/40")));
    EXPECT_THAT(ended.out, HasSubstr("\x1b[36m"));
    EXPECT_TRUE(screen.shows_cursor());

    const Ended redirected = run(arguments(40, mode));
    EXPECT_EQ(timeless_summary(text), timeless_summary(redirected.out));
    EXPECT_THAT(timeless_summary(text), HasSubstr("\ndone after"));
  }
}

TEST_F(Terminal, PlainLinesWhereTheyAreAskedForOrNothingElseIsPossible) {
  const std::string lines = run(arguments(40)).err;
  const auto progress = [](const std::string& text) {
    std::istringstream in(text);
    std::string result;
    for (std::string line; std::getline(in, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line.starts_with("round ")) result += line + "\n";
    }
    return result;
  };
  ASSERT_THAT(progress(lines), HasSubstr("round 40/40  loss "));
  for (const Ended& ended : {run(arguments(40, {"--plain"}), on_terminal_),
                             run(arguments(40), terminal({{"TERM", "dumb"}})),
                             run(arguments(40), terminal({{"TERM", ""}}))}) {
    ASSERT_EQ(ended.status, 0) << ended.out;
    EXPECT_EQ(progress(ended.out), progress(lines));
    EXPECT_THAT(ended.out, Not(HasSubstr("\x1b")));
  }
}

TEST_F(Terminal, NoColorIsHonouredAndAsciiIsSpoken) {
  const Ended ended = run(arguments(40), terminal({{"NO_COLOR", "1"}, {"LC_ALL", "C"}}));
  ASSERT_EQ(ended.status, 0) << ended.out;
  EXPECT_THAT(shown(ended.out).text(),
              AllOf(HasSubstr("\nseen [#####"), HasSubstr("#] 100 %\n"), HasSubstr("+ 3 done")));
  EXPECT_THAT(ended.out, Not(::testing::ContainsRegex("\x1b\\[[0-9;]*m")));
  EXPECT_THAT(run({"run", "/nowhere.yaml"}, terminal({{"NO_COLOR", "1"}})).out,
              Not(HasSubstr("\x1b")));
}

TEST_F(Terminal, FollowsTheSizeOfTheTerminal) {
  Process process(arguments(100'000'000), terminal({{"NO_COLOR", "1"}, {"LC_ALL", "C"}}));
  // What the bar is framed by tells how long it is: 79 columns less "seen [] " and "  0 %".
  ASSERT_TRUE(process.wait_for(Stream::out, "seen [" + std::string(66, '-') + "]   0 %"))
      << process.out();
  process.resize(40, 24);
  ASSERT_TRUE(process.wait_for(Stream::out, "seen [" + std::string(26, '-') + "]   0 %"))
      << process.out();
  process.resize(100, 4);  // room for three lines and the cursor
  ASSERT_TRUE(process.wait_for(Stream::out, "seen [" + std::string(86, '-') + "]   0 %"))
      << process.out();
  process.type("\x03");
  EXPECT_EQ(process.wait(), kInterrupted) << process.out();
  VirtualTerminal terminal(100, 4);
  terminal.feed(from_last(process.out(), "\x1b[?25l"));
  EXPECT_THAT(terminal.lines().at(3), IsEmpty()) << terminal.text();
  EXPECT_THAT(terminal.lines().at(2), ::testing::StartsWith("traffic ")) << terminal.text();
}

TEST_F(Terminal, WarningsScrollAwayAboveTheView) {
  EndlessRun run({"--set", "on_peer_loss=reweight", "--set", "transport.restarts=0"},
                 "graph: complete, nodes: 4", on_terminal_);
  Process& process = run.process();
  ASSERT_TRUE(process.wait_for(Stream::out, "4 running")) << process.out();
  kill(process_of(process, 2).value().pid, SIGKILL);
  ASSERT_TRUE(process.wait_for(Stream::out, "1 lost: 2")) << process.out();
  // Until the others have gone on without it.
  ASSERT_TRUE(run.grows_by(5)) << process.out();
  process.type("\x03");
  EXPECT_EQ(process.wait(), kInterrupted) << process.out();
  const std::string text = shown(process.out(), 80, 200).text();  // with what has scrolled away
  const std::size_t warning = text.find("\nwarning: node 2 (process ");
  const std::size_t view = text.find("\nendless ");
  ASSERT_NE(warning, std::string::npos) << text;
  ASSERT_NE(view, std::string::npos) << text;
  EXPECT_LT(warning, view) << text;
  EXPECT_EQ(view, text.rfind("\nendless ")) << text;
  EXPECT_THAT(text.substr(view), AllOf(HasSubstr("✓ 3 done   ✗ 1 lost: 2\n"), HasSubstr("2 ✗ ")));
}

TEST_F(Terminal, AProcessThatIsKilledLeavesTheCursorBelowTheView) {
  Process process(arguments(100'000'000, {"--simulate"}), on_terminal_);
  ASSERT_TRUE(process.wait_for(Stream::out, "rounds/s"));
  process.signal(SIGKILL);
  ASSERT_EQ(process.wait(), 128 + SIGKILL);
  const VirtualTerminal screen = shown(process.out());
  EXPECT_TRUE(screen.shows_cursor());
  EXPECT_EQ(screen.cursor_row(), screen.lines().size() - 1) << screen.text();
  EXPECT_THAT(screen.lines().back(), IsEmpty()) << screen.text();
}

TEST_F(Terminal, ATerminalThatIsHeldHoldsUpNothing) {
  EndlessRun run({"--simulate"}, "graph: ring, nodes: 4", on_terminal_);
  Process& process = run.process();
  ASSERT_TRUE(process.wait_for(Stream::out, "rounds/s"));
  process.type("\x13");  // Ctrl-S
  // Many more rows than between two frames.
  EXPECT_TRUE(run.grows_by(1000));
  process.type("\x11\x03");  // Ctrl-Q, Ctrl-C
  EXPECT_EQ(process.wait(), kInterrupted) << process.out();
}

TEST_F(Terminal, AfterAPauseItIsDrawnAnewBelowWhatTheShellHasPrinted) {
  Process process(arguments(100'000'000, {"--simulate"}), on_terminal_);
  ASSERT_TRUE(process.wait_for(Stream::out, "rounds/s"));
  const auto count = [&] {
    std::size_t heads = 0;
    const std::string text = shown(process.out()).text();
    for (std::size_t at = text.find("seen "); at != std::string::npos;
         at = text.find("seen ", at + 1))
      heads += text.compare(at, 8, "seen ╌") == 0 ? 1 : 0;
    return heads;
  };
  ASSERT_EQ(count(), 1U);
  process.signal(SIGSTOP);
  process.signal(SIGCONT);
  // A frame that does not go up first.
  EXPECT_TRUE(process.wait_for(Stream::out, "\x1b[?25l\r\x1b[?7l\x1b[1mseen")) << process.out();
  process.type("\x03");
  EXPECT_EQ(process.wait(), kInterrupted);
  EXPECT_EQ(count(), 2U);
}

TEST_F(Terminal, CtrlCStopsInOrder) {
  Process process(arguments(100'000'000), on_terminal_);
  ASSERT_TRUE(process.wait_for(Stream::out, " left"));
  process.type("\x03");
  EXPECT_EQ(process.wait(), kInterrupted) << process.out();
  EXPECT_THAT(process.out(),
              AllOf(HasSubstr("stopped after "), HasSubstr("results  " + (dir_ / "out-1"))));
  EXPECT_TRUE(shown(process.out()).shows_cursor());
}

TEST_F(Terminal, CtrlCStopsTheSimulatorInOrder) {
  Process process(arguments(100'000'000, {"--simulate"}), on_terminal_);
  ASSERT_TRUE(process.wait_for(Stream::out, " left"));
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
  const VirtualTerminal screen = shown(ended.out);
  EXPECT_THAT(screen.text(), AllOf(HasSubstr("✗ 1 failed: "), HasSubstr("\nrun failed: node ")));
  EXPECT_TRUE(screen.shows_cursor());
}

}  // namespace
}  // namespace hearsay::testing
