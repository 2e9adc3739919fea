#include <algorithm>
#include <limits>

#include "core/partition.h"

namespace hearsay {

BatchSampler::BatchSampler(std::vector<std::uint32_t> rows, std::size_t batch, std::uint64_t seed,
                           NodeId node)
    : rows_(std::move(rows)),
      batch_(batch),
      seed_(seed),
      node_(node),
      order_epoch_(std::numeric_limits<std::uint64_t>::max()) {}

std::span<const std::uint32_t> BatchSampler::order_of(std::uint64_t epoch) {
  if (order_epoch_ != epoch) {
    order_ = rows_;
    Stream stream({seed_, Purpose::shuffle, node_, epoch});
    shuffle(order_, stream);
    order_epoch_ = epoch;
  }
  return order_;
}

std::span<const std::uint32_t> BatchSampler::batch(Round t) {
  const std::size_t count = rows_.size();
  if (batch_ == 0 || batch_ > count) return rows_;
  std::uint64_t epoch = (t - 1) * batch_ / count;
  std::size_t place = (t - 1) * batch_ % count;
  if (place + batch_ <= count) return order_of(epoch).subspan(place, batch_);

  // The tail of one epoch and the head of the next; a batch is never longer than an epoch.
  batch_rows_.clear();
  while (batch_rows_.size() < batch_) {
    const auto order = order_of(epoch++);
    const auto piece = order.subspan(place, std::min(count - place, batch_ - batch_rows_.size()));
    batch_rows_.insert(batch_rows_.end(), piece.begin(), piece.end());
    place = 0;
  }
  return batch_rows_;
}

double BatchSampler::epochs(Round t) const {
  if (batch_ == 0 || batch_ > rows_.size()) return static_cast<double>(t);
  return static_cast<double>(t) * static_cast<double>(batch_) / static_cast<double>(rows_.size());
}

}  // namespace hearsay
