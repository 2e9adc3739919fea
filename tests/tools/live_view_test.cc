// The live view as text, without a terminal.
#include "tools/live_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tools/styled_line.h"

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Round 310 of 500, of so many nodes that are all well.
LiveState running(std::size_t nodes) {
  LiveState state;
  state.name = "ring-digits";
  state.round = 310;
  state.rounds = 500;
  state.seconds = 12.3;
  state.rounds_per_second = 25.2;
  state.seconds_left = 7.5;
  state.wire_bytes = 1'620'000;
  state.bytes_per_second = 132'000;
  MetricsRow row;
  row.round = 310;
  row.train_loss = 0.0336068;
  row.grad_norm = 0.134095;
  row.consensus_error = 0.0175499;
  row.test_accuracy = 0.961;
  state.last = row;
  for (int k = 0; k < 32; ++k) {
    state.loss.add(std::ldexp(1.0, -k));
    state.consensus.add(k == 0 ? 0.0 : std::ldexp(1.0, -std::abs(k - 8)));
  }
  state.nodes.assign(nodes, {.state = NodeState::running, .round = 310});
  return state;
}

/// The same, of which some are not.
LiveState troubled(std::size_t nodes) {
  LiveState state = running(nodes);
  state.nodes[1].returned = true;
  state.nodes[3] = {.state = NodeState::lost, .round = 280};
  state.nodes[5] = {.state = NodeState::running, .round = 298, .behind = 12};
  state.nodes[6].state = NodeState::stalled;
  state.nodes[7].state = NodeState::waiting;
  return state;
}

Canvas canvas(std::size_t width, std::size_t height, bool unicode = true) {
  return {.width = width, .height = height, .unicode = unicode, .colour = false};
}

TEST(LiveView, OnEightyColumns) {
  EXPECT_THAT(
      draw(running(8), canvas(79, 23)),
      ElementsAre("ring-digits ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  62 %",
                  "round     310 of 500   25.2 rounds/s   12 s gone, 7.5 s left",
                  "traffic   1.62 MB   132 kB/s",
                  "loss      0.033607   ████▇▇▇▇▆▆▆▆▅▅▅▅▄▄▄▄▃▃▃▃▂▂▂▂▁▁▁  4.66e-10 to 1, log",
                  "consensus 0.01755     ▆▆▇▇▇█████▇▇▇▆▆▆▅▅▅▄▄▄▃▃▃▂▂▂▁▁  1.19e-07 to 1, log",
                  "grad norm 0.13409       accuracy 96.1 %   evaluated after round 310",
                  "nodes     ■ 8 running",
                  "0 ■ 310   1 ■ 310   2 ■ 310   3 ■ 310   4 ■ 310   5 ■ 310   6 ■ 310   7 ■ 310"));
}

TEST(LiveView, SaysWhoIsNotWell) {
  const auto lines = draw(troubled(8), canvas(79, 23));
  EXPECT_THAT(std::vector(lines.begin() + 6, lines.end()),
              ElementsAre("nodes     ■ 3 running   ↻ 1 started again: 1   ▄ 1 behind: 5 by 12",
                          "          ◌ 1 waiting: 7   ! 1 stalled: 6   ✗ 1 lost: 3",
                          "0 ■ 310       1 ↻ 310       2 ■ 310       3 ✗ 280       4 ■ 310",
                          "5 ▄ 298 -12   6 ! 310       7 ◌ 310"));
}

TEST(LiveView, OnFortyColumns) {
  EXPECT_THAT(
      draw(troubled(8), canvas(39, 23)),
      ElementsAre("ring-digits ━━━━━━━━━━━━━╌╌╌╌╌╌╌╌  62 %", "round     310 of 500   25.2 rounds/s",
                  "          12 s gone, 7.5 s left", "traffic   1.62 MB   132 kB/s",
                  "loss      0.033607   ███▇▇▆▆▅▅▄▄▃▃▃▂▂▁▁",
                  "consensus 0.01755     ▆▇████▇▆▆▅▅▄▃▃▂▁▁",
                  "grad norm 0.13409       accuracy 96.1 %", "evaluated after round 310",
                  "nodes     ■ 3 running", "          ↻ 1 started again: 1",
                  "          ▄ 1 behind: 5 by 12", "          ◌ 1 waiting: 7",
                  "          ! 1 stalled: 6   ✗ 1 lost: 3", "0 ■ 310       1 ↻ 310       2 ■ 310",
                  "3 ✗ 280       4 ■ 310       5 ▄ 298 -12", "6 ! 310       7 ◌ 310"));
}

TEST(LiveView, InAscii) {
  const auto lines = draw(troubled(8), canvas(79, 23, false));
  EXPECT_THAT(
      lines,
      ElementsAre("ring-digits [####################################-----------------------]  62 %",
                  "round     310 of 500   25.2 rounds/s   12 s gone, 7.5 s left",
                  "traffic   1.62 MB   132 kB/s",
                  "loss      0.033607   @@@@####****++++====----::::...  4.66e-10 to 1, log",
                  "consensus 0.01755     **###@@@@@###***+++===---:::..  1.19e-07 to 1, log",
                  "grad norm 0.13409       accuracy 96.1 %   evaluated after round 310",
                  "nodes     o 3 running   r 1 started again: 1   - 1 behind: 5 by 12",
                  "          w 1 waiting: 7   ! 1 stalled: 6   x 1 lost: 3",
                  "0 o 310       1 r 310       2 o 310       3 x 280       4 o 310",
                  "5 - 298 -12   6 ! 310       7 w 310"));
}

TEST(LiveView, OnAWideTerminalAHundredNodesHaveTheirRounds) {
  const auto lines = draw(troubled(100), canvas(199, 49));
  EXPECT_THAT(std::vector(lines.begin() + 6, lines.begin() + 8),
              ElementsAre("nodes     ■ 95 running   ↻ 1 started again: 1   ▄ 1 behind: 5 by 12   ◌ "
                          "1 waiting: 7   ! 1 stalled: 6   ✗ 1 lost: 3",
                          " 0 ■ 310        1 ↻ 310        2 ■ 310        3 ✗ 280        4 ■ 310    "
                          "    5 ▄ 298 -12    6 ! 310        7 ◌ 310        8 ■ 310        9 ■ 310 "
                          "      10 ■ 310       11 ■ 310       12 ■ 310"));
  EXPECT_EQ(lines.size(), 15U);
}

TEST(LiveView, ManyNodesAreAStrip) {
  const auto lines = draw(troubled(100), canvas(79, 23));
  EXPECT_THAT(
      std::vector(lines.begin() + 8, lines.end()),
      ElementsAre(" 0 ■↻■✗■▄!◌■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■",
                  "70 ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■"));
}

TEST(LiveView, MoreNodesThanFitShareAMarkThatShowsTheWorst) {
  const auto lines = draw(troubled(1000), canvas(79, 12));
  EXPECT_THAT(
      std::vector(lines.begin() + 8, lines.end()),
      ElementsAre("  0 ✗!■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■",
                  "360 ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■",
                  "720 ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■■■■ ■■■■■■■", "a mark for 6 nodes"));
}

TEST(LiveView, StaysWithinEveryCanvas) {
  for (const std::size_t nodes : {1U, 8U, 100U, 3000U})
    for (const bool unicode : {true, false})
      for (std::size_t width = 1; width < 130; width += 3)
        for (std::size_t height = 1; height < 40; ++height) {
          const LiveState state = nodes < 8 ? running(nodes) : troubled(nodes);
          const auto lines = draw(state, canvas(width, height, unicode));
          ASSERT_LE(lines.size(), height) << nodes << " nodes, width " << width;
          ASSERT_FALSE(lines.empty());
          for (const std::string& line : lines)
            ASSERT_LE(display_width(line), width) << nodes << " nodes, height " << height;
        }
}

TEST(LiveView, BeforeTheFirstEvaluation) {
  LiveState state;
  state.name = "starting";
  state.rounds = 500;
  state.nodes.resize(3);
  EXPECT_THAT(draw(state, canvas(59, 23)),
              ElementsAre("starting ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌   0 %",
                          "round     0 of 500   0.0 s gone", "traffic   0 B",
                          "nodes     · 3 awaited", "0 · 0   1 · 0   2 · 0"));
}

TEST(LiveView, AveragingAloneHasNoLoss) {
  LiveState state = running(2);
  state.last->train_loss.reset();
  state.last->grad_norm.reset();
  state.last->test_accuracy.reset();
  const auto lines = draw(state, canvas(79, 23));
  EXPECT_THAT(lines, Not(::testing::Contains(HasSubstr("loss"))));
  EXPECT_THAT(lines.at(4), "evaluated after round 310");
}

TEST(LiveView, SlowRoundsAreToldInSeconds) {
  LiveState state = running(2);
  state.rounds_per_second = 0.04;
  state.seconds_left = 4750;
  EXPECT_THAT(draw(state, canvas(79, 23)).at(1),
              HasSubstr("25 s a round   12 s gone, 1 h 19 min left"));
}

TEST(LiveView, ColoursChangeNothingButColours) {
  Canvas coloured = canvas(79, 23);
  coloured.colour = true;
  const auto plain = draw(troubled(8), canvas(79, 23));
  const auto lines = draw(troubled(8), coloured);
  ASSERT_EQ(lines.size(), plain.size());
  for (std::size_t k = 0; k < lines.size(); ++k) {
    EXPECT_EQ(display_width(lines[k]), display_width(plain[k]));
    EXPECT_THAT(plain[k], Not(HasSubstr("\x1b")));
  }
  EXPECT_THAT(lines.at(7), HasSubstr("\x1b[1;31m✗\x1b[0m 1 lost: 3"));
}

TEST(LiveView, ANameCannotDoAnythingToTheTerminal) {
  LiveState state = running(2);
  state.name = "a\x1b[2Jb";
  EXPECT_THAT(draw(state, canvas(79, 23)).at(0), ::testing::StartsWith("a?[2Jb ━"));
}

}  // namespace
}  // namespace hearsay
