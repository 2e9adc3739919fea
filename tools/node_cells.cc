#include "tools/node_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace hearsay {

namespace {

constexpr std::size_t kGap = 3;
constexpr std::size_t kGroup = 10;  // marks of a strip before a blank
constexpr std::size_t kLabel = 10;  // as wide as those of the lines above
constexpr std::size_t kListed = 8;  // numbers in the legend

/// What is shown of a node, from the best to the worst; lost and failed never come together.
enum class Look { done, running, returned, behind, awaited, waiting, stalled, lost, failed };
constexpr std::size_t kLooks = 9;

struct Drawn {
  const char* unicode;
  const char* ascii;
  const char* word;
  Style style;
};
constexpr std::array<Drawn, kLooks> kDrawn = {{
    {"✓", "+", "done", Style::chart},
    {"■", "o", "running", Style::chart},
    {"↻", "r", "started again", Style::notice},
    {"▄", "-", "behind", Style::notice},
    {"·", ".", "awaited", Style::dim},
    {"◌", "w", "waiting", Style::notice},
    {"!", "!", "stalled", Style::bad},
    {"✗", "x", "lost", Style::bad},
    {"✗", "x", "failed", Style::bad},
}};

const Drawn& drawn(Look look) {
  return kDrawn[static_cast<std::size_t>(look)];
}

const char* mark(Look look, bool unicode) {
  return unicode ? drawn(look).unicode : drawn(look).ascii;
}

Look look_of(const NodeStatus& node) {
  switch (node.state) {
    case NodeState::awaited:
      return Look::awaited;
    case NodeState::waiting:
      return Look::waiting;
    case NodeState::stalled:
      return Look::stalled;
    case NodeState::lost:
      return Look::lost;
    case NodeState::failed:
      return Look::failed;
    case NodeState::done:
      return Look::done;
    case NodeState::running:
      break;
  }
  if (node.behind > 0) return Look::behind;
  return node.returned ? Look::returned : Look::running;
}

std::size_t digits(std::uint64_t number) {
  return std::to_string(number).size();
}

/// "3, 17, 40, ..." of the nodes that look so.
std::string numbers_of(std::span<const NodeStatus> nodes, Look look) {
  std::string text;
  std::size_t listed = 0;
  for (std::size_t id = 0; id < nodes.size(); ++id) {
    if (look_of(nodes[id]) != look) continue;
    if (listed++ == kListed) return text + ", ...";
    if (!text.empty()) text += ", ";
    text += std::to_string(id);
    if (look == Look::behind) text += fmt::format(" by {}", nodes[id].behind);
  }
  return text;
}

/// Several nodes a cell, when there are too many.
std::vector<StyledLine> strip(std::span<const NodeStatus> nodes, std::size_t width,
                              std::size_t rows, bool unicode) {
  const std::size_t label = digits(nodes.size() - 1);
  const std::size_t room = width > label + 1 ? width - label - 1 : 1;
  const std::size_t groups = std::max<std::size_t>(1, (room + 1) / (kGroup + 1));
  const std::size_t in_row = std::min(room, groups * kGroup);
  const std::size_t share = (nodes.size() + in_row * rows - 1) / (in_row * rows);
  std::vector<StyledLine> lines;
  for (std::size_t first = 0; first < nodes.size(); first += in_row * share) {
    StyledLine& line = lines.emplace_back();
    line.add(fmt::format("{:>{}}", first, label), Style::dim);
    for (std::size_t k = 0; k < in_row && first + k * share < nodes.size(); ++k) {
      const auto cell =
          nodes.subspan(first + k * share, std::min(share, nodes.size() - first - k * share));
      Look worst = Look::done;
      for (const NodeStatus& node : cell) worst = std::max(worst, look_of(node));
      if (k % kGroup == 0) line.add(" ");
      line.add(mark(worst, unicode), drawn(worst).style);
    }
  }
  if (share > 1) lines.emplace_back(fmt::format("a mark for {} nodes", share), Style::dim);
  return lines;
}

}  // namespace

std::vector<StyledLine> node_legend(std::span<const NodeStatus> nodes, std::size_t width,
                                    bool unicode) {
  std::array<std::size_t, kLooks> counts{};
  for (const NodeStatus& node : nodes) ++counts[static_cast<std::size_t>(look_of(node))];
  std::vector<StyledLine> items;
  for (std::size_t k = 0; k < kLooks; ++k) {
    if (counts[k] == 0) continue;
    const auto look = static_cast<Look>(k);
    StyledLine item;
    if (items.empty()) item.add("nodes").pad_to(kLabel);
    item.add(mark(look, unicode), drawn(look).style);
    item.add(fmt::format(" {} {}", counts[k], drawn(look).word));
    const bool usual = look == Look::done || look == Look::running;
    if (!usual && counts[k] < nodes.size()) item.add(": " + numbers_of(nodes, look));
    items.push_back(std::move(item));
  }
  return flow(items, width, kGap, kLabel);
}

std::vector<StyledLine> node_cells(std::span<const NodeStatus> nodes, std::size_t width,
                                   std::size_t rows, bool unicode) {
  if (nodes.empty() || rows == 0) return {};
  std::size_t round_width = 1;
  std::size_t behind_width = 0;
  for (const NodeStatus& node : nodes) {
    round_width = std::max(round_width, digits(node.round));
    if (node.behind > 0) behind_width = std::max(behind_width, 2 + digits(node.behind));
  }
  const std::size_t id_width = digits(nodes.size() - 1);
  const std::size_t cell = id_width + 3 + round_width + behind_width;
  const std::size_t columns = (width + kGap) / (cell + kGap);
  if (columns * rows < nodes.size()) {
    std::vector<StyledLine> lines = strip(nodes, width, rows, unicode);
    if (lines.size() > rows)
      lines = strip(nodes, width, std::max<std::size_t>(1, rows - 1), unicode);
    return lines;
  }

  std::vector<StyledLine> lines;
  for (std::size_t id = 0; id < nodes.size(); ++id) {
    const Look look = look_of(nodes[id]);
    if (id % columns == 0) lines.emplace_back();
    StyledLine& line = lines.back();
    line.pad_to(id % columns * (cell + kGap));
    line.add(fmt::format("{:>{}} ", id, id_width), Style::dim);
    line.add(mark(look, unicode), drawn(look).style);
    line.add(fmt::format(" {:>{}}", nodes[id].round, round_width));
    if (nodes[id].behind > 0) line.add(fmt::format(" -{}", nodes[id].behind), Style::notice);
  }
  return lines;
}

}  // namespace hearsay
