#include "nodes/faults/link_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/random.h"

namespace hearsay {

LinkCounts& LinkCounts::operator+=(const LinkCounts& other) {
  resent_frames += other.resent_frames;
  resent_bytes += other.resent_bytes;
  duplicate_frames += other.duplicate_frames;
  duplicate_bytes += other.duplicate_bytes;
  return *this;
}

LinkModel::LinkModel(NodeId from, NodeId to, std::uint64_t seed, LinkSettings settings,
                     std::vector<Outage> outages)
    : from_(from), to_(to), seed_(seed), settings_(settings), outages_(std::move(outages)) {}

double LinkModel::up_again(double now, Round t) {
  if (t != round_) {
    round_ = t;
    for (const Outage& outage : outages_)
      if (outage.from <= t && t <= outage.to) up_at_ = std::max(up_at_, now + outage.seconds);
  }
  return up_at_;
}

LinkModel::Delivery LinkModel::send(double now, Round t, std::uint64_t sequence,
                                    std::size_t bytes) {
  Stream draw(
      {.seed = seed_, .purpose = Purpose::fault, .node = from_, .round = sequence, .index = to_});
  const double jitter = settings_.jitter * draw.uniform();
  const bool duplicated = draw.uniform() < settings_.duplication;

  const double busy = 8.0 * static_cast<double>(bytes) / settings_.rate;
  const double again = busy + settings_.resend_after;
  double start = std::max(now, free_);
  double resent = 0.0;
  if (const double up = up_again(now, t); start < up) {
    resent = std::ceil((up - start) / again);
    start = std::max(up, start + resent * again);
  }
  for (; draw.uniform() < settings_.loss; start += again) ++resent;
  free_ = start + busy;
  last_arrival_ = std::max(last_arrival_, free_ + settings_.delay + jitter);

  counts_.resent_frames += static_cast<std::uint64_t>(resent);
  counts_.resent_bytes += static_cast<std::uint64_t>(resent) * bytes;
  if (duplicated) {
    ++counts_.duplicate_frames;
    counts_.duplicate_bytes += bytes;
  }
  return {.arrives = last_arrival_, .duplicated = duplicated};
}

}  // namespace hearsay
