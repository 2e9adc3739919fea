// What the algorithms on a graph share: in a phase every node sends one message to all that hear it
// in that round, and then takes one gossip step with its row of W_t.
#pragma once

#include <vector>

#include "core/channel.h"
#include "core/phase_clock.h"
#include "core/simd/weighted_sum.h"
#include "nodes/algorithm.h"
#include "nodes/algorithms/dense_rows.h"
#include "nodes/payload_pool.h"

namespace hearsay {

class GossipNode : public Algorithm {
 public:
  std::size_t phases() const override { return 1; }
  const std::vector<NodeId>& senders(Round t, std::size_t /*phase*/) const override {
    return mixing_->senders(t, self_);
  }
  /// Senders that hear this node in every round wait for it. On directed and time-varying graphs
  /// word of a node reaches everyone within n - 1 periods, and nobody can be further ahead of it.
  Round lead() const override {
    const bool mutual =
        mixing_->is_fixed() && mixing_->senders(1, self_) == mixing_->receivers(1, self_);
    return mutual ? 1 : mixing_->nodes() * mixing_->period();
  }
  ConstVectorView model() const override { return sent_ != nullptr ? *sent_ : x_; }

 protected:
  explicit GossipNode(const NodeContext& context);

  /// An empty buffer for this node's next message.
  Bytes& begin_message();

  /// All that `message` holds, and what will be appended to it, stays as it is: it may travel to
  /// those that hear this node in round t while the rest is being made.
  void send_ahead(Round t, ByteView message, const Workspace& work) const {
    if (work.advance == nullptr) return;
    work.advance->begin(mixing_->receivers(t, self_));
    work.advance->ready(message);
  }

  /// An empty buffer for a message that is written from front to back, and may travel meanwhile.
  Bytes& begin_message(Round t, const Workspace& work) {
    Bytes& message = begin_message();
    send_ahead(t, message, work);
    return message;
  }

  /// Appends what the buffer of begin_message() holds now to `out`, as a message to all that hear
  /// this node in round t, and keeps it for the walks below.
  void broadcast(Round t, std::uint64_t ideal_bits, std::vector<Message>& out);

  /// The same with x as it is, d finite floats, which is not copied: receivers share it. Until
  /// take_back() it is model(), and x_ a vector of that size for what the round makes of it.
  void broadcast_model(Round t, std::vector<Message>& out);
  void take_back() { sent_.reset(); }

  /// x <- sum_j w_ij x_j over the senders of round t and the node itself, in ascending id, where
  /// every node has sent its x as it is, this one `own`, which may be x. Returns whether all of x
  /// is finite then. One pass over all.
  bool mix_dense(Round t, std::span<const Incoming> messages, ConstVectorView own, VectorView x);

  /// The same with use(begin, part of x) for each part as soon as it is mixed, in order, while it
  /// is in the cache.
  template <class Use>
  void mix_dense(Round t, std::span<const Incoming> messages, ConstVectorView own, VectorView x,
                 Use use) {
    DenseRows& rows = dense_rows(t, messages, std::as_bytes(own), own_weight(t));
    for (auto part = rows.next(kCached); part.size > 0; part = rows.next(kCached)) {
      const VectorView mixed = x.subspan(part.begin, part.size);
      {
        const PhaseClock::Scope scope(Phase::decode);
        simd::weighted_sum(part.rows, mixed);
      }
      use(part.begin, mixed);
    }
  }

  /// The terms of such a sum, in that order: the models in the messages, and that of the node
  /// itself with that weight. Valid until the next call.
  DenseRows& dense_rows(Round t, std::span<const Incoming> messages, ByteView own,
                        float own_weight);

  /// take(m_j, w_ij) for every sender j of round t alone, in ascending id.
  template <class Take>
  void from_others(Round t, std::span<const Incoming> messages, Take take) const {
    std::size_t next = 0;
    for (const MixingMatrix::Weight& weight : mixing_->at(t).row(self_))
      if (weight.node != self_) take(messages[next++].payload, static_cast<float>(weight.value));
  }

  /// For the message of `channel` in round t.
  Stream compression_stream(Round t, std::uint64_t channel = 0) const {
    return Stream({.seed = seed_,
                   .purpose = Purpose::compression,
                   .node = self_,
                   .round = t,
                   .index = channel});
  }

  const MixingSequence& mixing() const { return *mixing_; }
  ByteView own_message() const {  // the last
    return sent_ != nullptr ? std::as_bytes(std::span<const float>(*sent_)) : ByteView(*own_);
  }

  NodeId self_;
  std::uint64_t seed_;
  Round first_;  // the round that it begins behind
  LocalProblem* problem_;
  Vector x_;
  PayloadPool pool_;  // of messages

 private:
  /// Floats of a part: with two more vectors beside it, it stays in a second cache of 1 MiB.
  static constexpr std::size_t kCached = std::size_t{32} * 1024;

  float own_weight(Round t) const { return static_cast<float>(mixing_->at(t)(self_, self_)); }

  const MixingSequence* mixing_;
  DenseRows rows_;                                // of dense_rows()
  std::shared_ptr<Bytes> own_;                    // the message last sent
  std::shared_ptr<Vector> sent_;                  // or this
  std::vector<std::shared_ptr<Vector>> vectors_;  // that were sent, free when nobody else has them
};

/// The gossip step is a sum of differences, sum_j w_ij (m_j - m_i). The own message goes with minus
/// the sum of the others' weights, as they are in float, so that what node i takes from node j is
/// what j takes from i. The terms are added in ascending id, and as far as that allows while other
/// messages are still under way.
class DifferenceNode : public GossipNode {
 public:
  void take_ahead(Round t, std::size_t phase, const Incoming& message, Workspace& work) override;

 protected:
  using GossipNode::GossipNode;

  /// Adds w times the message, or what is in it, to the sum of that phase. The first call comes
  /// after produce().
  virtual void add_difference(std::size_t phase, ByteView message, float w) = 0;

  /// Adds what is left, for consume(). A sender may have none or several messages, one behind the
  /// other, if none was taken ahead.
  void add_differences(Round t, std::size_t phase, std::span<const Incoming> messages);

 private:
  std::size_t taken_ = 0;  // terms of the row that are added
};

/// What pure averaging starts from: every node has its own standard normal vector.
Vector random_start(const NodeContext& context);

}  // namespace hearsay
