#include "tools/live_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tools/node_cells.h"
#include "tools/styled_line.h"
#include "tools/units.h"

namespace hearsay {

namespace {

constexpr std::size_t kGap = 3;
constexpr std::size_t kLabel = 10;      // of the lines with values
constexpr std::size_t kValue = 11;      // behind it
constexpr std::size_t kRangeFrom = 64;  // columns, from which on a sparkline tells its range
constexpr std::size_t kNodesShare = 3;  // of the height, at most a third is for cells of nodes

std::string short_time(double seconds) {
  return seconds < 10.0 ? fmt::format("{:.1f} s", seconds)
         : seconds < 60 ? fmt::format("{:.0f} s", seconds)
                        : in_seconds(seconds);
}

std::string speed(double rounds_per_second) {
  if (rounds_per_second >= 99.5) return fmt::format("{:.0f} rounds/s", rounds_per_second);
  if (rounds_per_second >= 1.0) return fmt::format("{:.3g} rounds/s", rounds_per_second);
  return short_time(1.0 / rounds_per_second) + " a round";
}

StyledLine head(const LiveState& state, const Canvas& canvas) {
  const double share = std::clamp(
      static_cast<double>(state.round) / std::max(1.0, static_cast<double>(state.rounds)), 0.0,
      1.0);
  const StyledLine name(StyledLine(printable(state.name)).render(canvas.width / 3, false),
                        Style::bold);
  const std::string percent = fmt::format("{:3.0f} %", std::floor(100.0 * share));
  StyledLine line = name;
  line.add(" ");
  const std::size_t frame = canvas.unicode ? 0 : 2;  // brackets
  const std::size_t taken = line.width() + 1 + percent.size() + frame;
  if (canvas.width > taken + 4) {
    const std::size_t width = canvas.width - taken;
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
    std::string done;
    std::string left;
    for (std::size_t k = 0; k < filled; ++k) done += canvas.unicode ? "━" : "#";
    for (std::size_t k = filled; k < width; ++k) left += canvas.unicode ? "╌" : "-";
    if (!canvas.unicode) line.add("[");
    line.add(done, Style::chart).add(left, Style::dim);
    if (!canvas.unicode) line.add("]");
    line.add(" ");
  }
  return line.add(percent);
}

/// An item that begins a line.
StyledLine labelled(const char* label, const std::string& text) {
  StyledLine line;
  line.add(label).pad_to(kLabel);
  return line.add(text);
}

std::vector<StyledLine> pace(const LiveState& state, std::size_t width) {
  std::vector<StyledLine> items = {
      labelled("round", fmt::format("{} of {}", state.round, state.rounds))};
  if (state.rounds_per_second && *state.rounds_per_second > 0.0)
    items.emplace_back(speed(*state.rounds_per_second));
  std::string time = short_time(state.seconds) + " gone";
  if (state.seconds_left) time += fmt::format(", {} left", short_time(*state.seconds_left));
  items.emplace_back(time);
  return flow(items, width, kGap, kLabel);
}

std::vector<StyledLine> traffic(const LiveState& state, std::size_t width) {
  std::vector<StyledLine> items = {
      labelled("traffic", in_bytes(static_cast<double>(state.wire_bytes)))};
  if (state.bytes_per_second) items.emplace_back(in_bytes(*state.bytes_per_second) + "/s");
  return flow(items, width, kGap, kLabel);
}

StyledLine measured(const char* label, double value) {
  StyledLine line = labelled(label, fmt::format("{:.5g}", value));
  return line.pad_to(kLabel + kValue);
}

StyledLine measured(const char* label, double value, const Trend& trend, const Canvas& canvas) {
  StyledLine line = measured(label, value);
  if (canvas.width <= line.width()) return line;
  const std::vector<double> values = trend.values();
  std::size_t room = canvas.width - line.width();
  constexpr std::size_t kRange = 27;  // columns of "  1.23e-10 to 1.23e-05, log"
  const bool tells_range = canvas.width >= kRangeFrom;
  if (tells_range) room -= kRange;
  const Sparkline bars = sparkline(values, room, canvas.unicode);
  line.add(bars.bars, Style::chart);
  if (tells_range && bars.lowest < bars.highest)
    line.add(fmt::format("  {:.3g} to {:.3g}{}", bars.lowest, bars.highest,
                         bars.logarithmic ? ", log" : ""),
             Style::dim);
  return line;
}

std::vector<StyledLine> evaluation(const LiveState& state, const Canvas& canvas) {
  const MetricsRow& row = *state.last;
  std::vector<StyledLine> lines;
  if (row.train_loss) lines.push_back(measured("loss", *row.train_loss, state.loss, canvas));
  if (row.consensus_error)
    lines.push_back(measured("consensus", *row.consensus_error, state.consensus, canvas));
  std::vector<StyledLine> items;
  if (row.grad_norm) items.push_back(measured("grad norm", *row.grad_norm));
  if (row.test_accuracy)
    items.emplace_back(fmt::format("accuracy {:.1f} %", 100.0 * *row.test_accuracy));
  items.emplace_back(fmt::format("evaluated after round {}", row.round), Style::dim);
  for (StyledLine& line : flow(items, canvas.width, kGap, 0)) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

std::vector<std::string> draw(const LiveState& state, const Canvas& canvas) {
  std::vector<StyledLine> lines = {head(state, canvas)};
  const auto append = [&lines](std::vector<StyledLine> more) {
    for (StyledLine& line : more) lines.push_back(std::move(line));
  };
  append(pace(state, canvas.width));
  append(traffic(state, canvas.width));
  if (state.last) append(evaluation(state, canvas));
  append(node_legend(state.nodes, canvas.width, canvas.unicode));
  if (canvas.height > lines.size()) {
    const std::size_t third = std::max<std::size_t>(1, canvas.height / kNodesShare);
    append(node_cells(state.nodes, canvas.width, std::min(third, canvas.height - lines.size()),
                      canvas.unicode));
  }
  std::vector<std::string> result;
  for (const StyledLine& line : lines) {
    if (result.size() == canvas.height) break;
    result.push_back(line.render(canvas.width, canvas.colour));
  }
  return result;
}

}  // namespace hearsay
