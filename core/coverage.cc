#include "core/coverage.h"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

namespace hearsay {

Coverage::Coverage(std::vector<std::size_t> layer_ends)
    : layer_ends_(std::move(layer_ends)),
      last_sent_(layer_ends_.empty() ? 0 : layer_ends_.back(), 0),
      sent_(layer_ends_.size(), 0) {
  assert(std::is_sorted(layer_ends_.begin(), layer_ends_.end()));
}

std::vector<LayerCoverage> Coverage::layers() const {
  std::vector<LayerCoverage> result;
  std::size_t begin = 0;
  for (std::size_t l = 0; l < layer_ends_.size(); ++l) {
    const auto times = std::span(last_sent_).subspan(begin, layer_ends_[l] - begin);
    begin = layer_ends_[l];
    LayerCoverage& layer = result.emplace_back();
    if (times.empty()) continue;
    layer.sent = sent_[l];
    std::uint32_t never = 0;
    std::uint32_t oldest = messages_;
    for (const std::uint32_t time : times) {
      never += time == 0 ? 1U : 0U;
      oldest = std::min(oldest, time);
    }
    layer.never_sent = never;
    layer.oldest_age = messages_ - oldest;
  }
  return result;
}

void Coverage::visit_state(StateVisitor& visitor) {
  std::uint64_t messages = messages_;
  visitor.integer("messages", messages);
  messages_ = static_cast<std::uint32_t>(messages);
  visitor.counters("last_sent", last_sent_);
  for (std::uint64_t& sent : sent_) visitor.integer("sent", sent);
}

}  // namespace hearsay
