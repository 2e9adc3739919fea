#include "nodes/health.h"

#include <algorithm>

namespace hearsay {

void HealthMean::Mean::add(const std::optional<double>& value) {
  if (!value) return;
  sum += *value;
  ++count;
}

std::optional<double> HealthMean::Mean::value() const {
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

void HealthMean::add(const Health& health) {
  residual_ratio_.add(health.residual_ratio);
  markov_error_.add(health.markov_error);
  never_sent_.add(health.never_sent);
  oldest_age_ = std::max(oldest_age_, health.oldest_age);  // nothing is less than any age
  staleness_.add(health.staleness);
  most_stale_ = std::max(most_stale_, health.most_stale);
}

Health HealthMean::mean() const {
  return {.residual_ratio = residual_ratio_.value(),
          .markov_error = markov_error_.value(),
          .never_sent = never_sent_.value(),
          .oldest_age = oldest_age_,
          .staleness = staleness_.value(),
          .most_stale = most_stale_};
}

Health health_of(const std::vector<const ChannelSender*>& channels) {
  HealthMean mean;
  for (const ChannelSender* channel : channels) {
    const auto found = channel->health();
    if (!found) continue;
    Health health;
    health.never_sent = found->never_sent;
    health.oldest_age = found->oldest_age;
    if (channel->kind() == ChannelKind::error_feedback) health.residual_ratio = found->error;
    if (channel->kind() == ChannelKind::markov) health.markov_error = found->error;
    mean.add(health);
  }
  return mean.mean();
}

}  // namespace hearsay
