#include "nodes/faults/shaper.h"

#include <algorithm>
#include <utility>

namespace hearsay {

void Shaper::computed(double began, double ended) {
  busy_until_ = std::max(busy_until_, began) + plan_.slowness[self_] * (ended - began);
}

void Shaper::send(Envelope envelope, double now) {
  const FrameHeader& header = envelope.header;
  auto link = links_.find(header.to);
  if (link == links_.end()) link = links_.emplace(header.to, plan_.link(self_, header.to)).first;
  const auto delivery = link->second.send(std::max(now, busy_until_), header.round, header.sequence,
                                          kHeaderBytes + envelope.payload->size());
  if (delivery.duplicated) held_.push({delivery.arrives, ++taken_in_, envelope});
  held_.push({delivery.arrives, ++taken_in_, std::move(envelope)});
}

std::optional<Envelope> Shaper::take(double now) {
  if (held_.empty() || held_.top().due > now) return std::nullopt;
  Envelope envelope = held_.top().envelope;
  held_.pop();
  return envelope;
}

std::optional<double> Shaper::next(double now) const {
  std::optional<double> result;
  if (busy_until_ > now) result = busy_until_;
  if (!held_.empty()) result = result ? std::min(*result, held_.top().due) : held_.top().due;
  return result;
}

LinkCounts Shaper::counts() const {
  LinkCounts sum;
  for (const auto& [to, model] : links_) sum += model.counts();
  return sum;
}

}  // namespace hearsay
