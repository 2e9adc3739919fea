#include "nodes/layer_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hearsay {

LayerCounts layer_counts(const std::vector<const ChannelSender*>& channels) {
  LayerCounts counts;
  for (const ChannelSender* channel : channels) {
    const auto health = channel->health();
    if (!health || health->layers.size() < 2) continue;
    ++counts.channels;
    counts.messages += health->messages;
    counts.layers.resize(health->layers.size());
    for (std::size_t l = 0; l < counts.layers.size(); ++l) {
      counts.layers[l].sent += health->layers[l].sent;
      counts.layers[l].never_sent += health->layers[l].never_sent;
      counts.layers[l].oldest_age =
          std::max(counts.layers[l].oldest_age, health->layers[l].oldest_age);
    }
  }
  return counts;
}

std::vector<LayerRow> LayerReport::add(Round t, std::span<const LayerCounts> counts) {
  const std::vector<Layer>& layers = layout_.layers();
  last_.resize(counts.size());
  std::vector<LayerRow> rows;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (layers[l].size == 0) continue;
    const auto size = static_cast<double>(layers[l].size);
    LayerRow row{.round = t, .layer = layers[l].name, .size = layers[l].size};
    double fractions = 0.0;
    double sending = 0.0;  // nodes, since the last evaluation
    double never = 0.0;
    double telling = 0.0;  // nodes, ever
    for (std::size_t node = 0; node < counts.size(); ++node) {
      const LayerCounts& now = counts[node];
      if (now.layers.size() != layers.size()) continue;
      const LayerCounts& before = last_[node];
      const std::uint64_t sent_before = before.layers.empty() ? 0 : before.layers[l].sent;
      if (const std::uint64_t messages = now.messages - before.messages; messages > 0) {
        fractions += static_cast<double>(now.layers[l].sent - sent_before) /
                     (size * static_cast<double>(messages));
        sending += 1.0;
      }
      never += static_cast<double>(now.layers[l].never_sent) /
               (size * static_cast<double>(now.channels));
      telling += 1.0;
      row.oldest_age = std::max(row.oldest_age, now.layers[l].oldest_age);
    }
    if (telling == 0.0) break;
    if (sending > 0.0) row.sent_fraction = fractions / sending;
    row.never_sent = never / telling;
    rows.push_back(std::move(row));
  }
  round_ = t;
  last_.assign(counts.begin(), counts.end());
  return rows;
}

std::optional<std::string> LayerReport::starved() const {
  const std::vector<Layer>& layers = layout_.layers();
  std::vector<std::string> names;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (layers[l].size == 0) continue;
    bool told = false;
    bool sent = false;
    for (const LayerCounts& counts : last_) {
      if (counts.layers.size() != layers.size()) continue;
      told = true;
      sent = sent || counts.layers[l].sent > 0;
    }
    if (told && !sent) names.push_back(layers[l].name);
  }
  if (names.empty()) return std::nullopt;
  return fmt::format(
      "nothing sent of {} {} in {} rounds; with top-k, scope: layer sends some of every layer "
      "in every message, and so does floor: 1",
      names.size() == 1 ? "layer" : "layers", fmt::join(names, ", "), round_);
}

std::string layers_header() {
  return "round,layer,size,sent_fraction,never_sent,oldest_age\n";
}

std::string layers_line(const LayerRow& row) {
  return fmt::format("{},{},{},{},{},{}\n", row.round, row.layer, row.size,
                     row.sent_fraction ? fmt::format("{}", *row.sent_fraction) : "", row.never_sent,
                     row.oldest_age);
}

}  // namespace hearsay
