// Gossip of one vector by compressed differences: the exchange of CHOCO, BEER, DoCoM and their kin.
//
//   q_i = C(x_i - x^_i), to all neighbours;  x^_i <- x^_i + q_i      (a markov channel)
//   z_i <- z_i + sum_j w_ij (q_j - q_i)                              z_i = sum_j w_ij (x^_j - x^_i)
//
// The papers keep s_i = sum_j w_ij x^_j and take s_i - x^_i. In float32 that goes wrong in long
// runs: near the end the q are smaller than the last place of s_i and are lost from it, but not
// from x^_i, so the mean of all s_i - x^_i, which ought to be zero, grows with every round and
// drags the models away from the optimum. z_i is as small as the disagreement that it stands for,
// and keeps them.
#pragma once

#include <memory>

#include "core/channel.h"

namespace hearsay {

/// Two vectors whatever the number of neighbours: x^_i and z_i.
class CompressedGossip {
 public:
  /// `public_start` is x^_0, the same on all nodes; empty means zero.
  explicit CompressedGossip(const std::shared_ptr<const Compressor>& compressor,
                            ConstVectorView public_start = {})
      : sender_(ChannelKind::markov, compressor, public_start),
        disagreement_(ChannelKind::markov, compressor) {}  // all x^ start equal

  /// Appends q_i to `out`, updates x^_i and returns the ideal bits. Throws NotFinite.
  std::uint64_t send(ConstVectorView x, Stream stream, Workspace& work, Bytes& out) {
    return sender_.send(x, stream, work, out);
  }

  /// z_i <- z_i + w q_j. For the node's own q_i, w is minus the sum of its neighbours' weights: see
  /// DifferenceNode.
  void add(ByteView q, float w) { disagreement_.add(q, w); }

  ConstVectorView disagreement() const { return disagreement_.estimate(); }  // z_i

  const ChannelSender& channel() const { return sender_; }
  const Compressor& compressor() const { return sender_.compressor(); }

  void visit_state(StateVisitor& visitor) {
    sender_.visit_state(visitor);
    disagreement_.visit_state(visitor);
  }

 private:
  ChannelSender sender_;          // x^_i
  ChannelReceiver disagreement_;  // z_i
};

}  // namespace hearsay
