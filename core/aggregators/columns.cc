#include "core/aggregators/columns.h"

#include <bit>
#include <cassert>

namespace hearsay {

namespace {

/// A comparison for each of the two, so that both are minima and maxima to the vectorizer and not a
/// branch.
void compare_exchange(float* smaller, float* larger, std::size_t size) {
  for (std::size_t c = 0; c < size; ++c) {
    const float a = smaller[c];
    const float b = larger[c];
    smaller[c] = b < a ? b : a;
    larger[c] = a < b ? b : a;
  }
}

}  // namespace

SortedColumns::SortedColumns(const PeerVectors& peers, std::size_t first, VectorView room)
    : first_(first),
      size_(std::min(kMost, peers.dimension() - first)),
      count_(peers.count()),
      room_(room) {
  assert(room.size() >= count_ * kMost);
  for (std::size_t i = 0; i < count_; ++i) {
    const ConstVectorView from = peers.vector(i).subspan(first, size_);
    float* to = room_.data() + i * kMost;
    for (std::size_t c = 0; c < size_; ++c) to[c] = from[c] + 0.0F;  // -0 becomes 0
  }
  sort();
}

void SortedColumns::sort() {
  if (count_ < 2) return;
  const std::size_t most = std::bit_ceil(count_) / 2;
  for (std::size_t p = most; p > 0; p /= 2) {
    std::size_t q = most;
    std::size_t r = 0;
    std::size_t d = p;
    for (;;) {
      for (std::size_t i = 0; i + d < count_; ++i)
        if ((i & p) == r)
          compare_exchange(room_.data() + i * kMost, room_.data() + (i + d) * kMost, size_);
      if (q == p) break;
      d = q - p;
      q /= 2;
      r = p;
    }
  }
}

}  // namespace hearsay
