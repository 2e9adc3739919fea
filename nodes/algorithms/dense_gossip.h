// Gossip of one full vector: delta_i = sum_j w_ij (x_j - x_i), so that x_i + delta_i is the i-th
// row of W X.
//
// Summed by differences rather than as sum_j w_ij x_j - x_i: what node i takes from node j is then,
// to the bit, what node j takes from node i, and the errors of rounding are as small as the
// disagreement. Corrections that add up over a run (gradient trackers, D2) keep their mean.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/channel.h"
#include "core/simd/weighted_sum.h"

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

  void begin_round() { messages_.clear(); }

  /// x_j, a neighbour's message, with its weight; it must stay there until mix().
  void add(ByteView message, float w) { messages_.push_back({message.data(), w}); }

  /// delta_i = sum_j w_ij (x_j - x_i), in the order in which they were added.
  ConstVectorView mix(ConstVectorView own) {
    const PhaseClock::Scope scope(Phase::decode);
    simd::weighted_differences(messages_, own, delta_);
    return delta_;
  }

  const Compressor& compressor() const { return *identity_; }

 private:
  std::shared_ptr<const Compressor> identity_;
  std::vector<simd::WeightedRow> messages_;
  Vector delta_;
};

}  // namespace hearsay
