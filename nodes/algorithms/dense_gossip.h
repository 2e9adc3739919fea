// Gossip of one full vector: delta_i = sum_j w_ij (x_j - x_i), so that x_i + delta_i is the i-th
// row of W X.
//
// Summed by differences rather than as sum_j w_ij x_j - x_i: what node i takes from node j is then,
// to the bit, what node j takes from node i, and the errors of rounding are as small as the
// disagreement. Corrections that add up over a run (gradient trackers, D2) keep their mean.
#pragma once

#include <algorithm>
#include <memory>

#include "core/channel.h"

namespace hearsay {

class DenseGossip {
 public:
  explicit DenseGossip(std::shared_ptr<const Compressor> identity)
      : identity_(std::move(identity)), delta_(identity_->dimension()) {}

  /// Appends x to `out` and returns its ideal bits.
  std::uint64_t send(ConstVectorView x, Workspace& work, Bytes& out) const {
    // Throws NotFinite, as every channel does.
    Stream unused = Stream::from_state(0);
    return ChannelSender(ChannelKind::direct, identity_).send(x, unused, work, out);
  }

  void begin_round() { std::fill(delta_.begin(), delta_.end(), 0.0F); }

  /// delta_i <- delta_i + w (x_j - x_i), x_j from a neighbour's message.
  void add(ByteView message, float w, ConstVectorView own, Workspace& work) {
    const VectorView other = work.floats(Workspace::Slot::decoded, own.size());
    std::fill(other.begin(), other.end(), 0.0F);
    identity_->decode_add(message, 1.0F, other);
    for (std::size_t j = 0; j < own.size(); ++j) delta_[j] += w * (other[j] - own[j]);
  }

  ConstVectorView delta() const { return delta_; }
  const Compressor& compressor() const { return *identity_; }

 private:
  std::shared_ptr<const Compressor> identity_;
  Vector delta_;
};

}  // namespace hearsay
