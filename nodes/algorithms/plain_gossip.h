// Averaging without an optimizer and without memory:
//
//   x_i <- x_i + gamma sum_j w_ij (C(x_j) - C(x_i))
//
// With the identity and gamma = 1 this is plain gossip, x_i <- sum_j w_ij x_j, on any graph, also a
// time-varying one (finite-time averaging). With a compressor it is the naive quantized gossip that
// CHOCO-Gossip was made to replace: it keeps the mean, and stalls where the noise of compressing
// the models themselves balances the averaging (Koloskova, Stich, Jaggi, ICML 2019, scheme (Q2)).
#pragma once

#include <optional>

#include "nodes/algorithms/gossip.h"

namespace hearsay {

class PlainGossip final : public DifferenceNode {
 public:
  /// `start` is x_i,0.
  PlainGossip(const NodeContext& context, const std::shared_ptr<const Compressor>& compressor,
              double gossip_step, Vector start);

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override;
  std::optional<std::string> check(Round t, std::size_t phase, ByteView payload) const override;
  /// Not with the identity, whose messages are mixed in one pass over all.
  void take_ahead(Round t, std::size_t phase, const Incoming& message, Workspace& work) override;
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) override;
  bool model_is_finite() const override { return finite_; }
  bool takes_pieces() const override { return dense_; }
  /// With the identity.
  std::optional<PlainStep> plain_step() override;
  std::vector<const ChannelSender*> channels() const override { return {&sender_}; }
  void visit_state(StateVisitor& visitor) override;

 private:
  void mix(Round t, std::span<const Incoming> messages);
  void add_difference(std::size_t phase, ByteView message, float w) override;

  float gossip_step_;
  bool dense_;           // the compressor is the identity
  bool finite_ = false;  // x, as the last round has made it
  ChannelSender sender_;
  std::optional<ChannelReceiver> differences_;  // not with the identity
};

}  // namespace hearsay
