#include "nodes/algorithms/dense_rows.h"

#include <algorithm>

namespace hearsay {

void DenseRows::clear() {
  rows_.clear();
  places_.clear();
  at_ = given_ = 0;
}

void DenseRows::add(ByteView model, float weight) {
  rows_.push_back({model.data(), weight});
  places_.push_back({.later = {}, .left = model.size() / sizeof(float)});
}

void DenseRows::add(const Incoming& message, float weight) {
  if (message.pieces.empty()) return add(message.payload, weight);
  add(message.pieces.front(), weight);
  places_.back().later = message.pieces.subspan(1);
}

DenseRows::Stretch DenseRows::next(std::size_t most) {
  std::size_t size = rows_.empty() ? 0 : most;
  for (std::size_t k = 0; k < rows_.size(); ++k) {
    Place& place = places_[k];
    rows_[k].values += sizeof(float) * given_;
    place.left -= given_;
    if (place.left == 0 && !place.later.empty()) {
      rows_[k].values = place.later.front().data();
      place.left = place.later.front().size() / sizeof(float);
      place.later = place.later.subspan(1);
    }
    size = std::min(size, place.left);
  }
  at_ += given_;
  given_ = size;
  return {rows_, at_, size};
}

}  // namespace hearsay
