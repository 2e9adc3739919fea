// choco-amsgrad (choco.h) without lockstep. In its round t node i takes its local step, sends
//
//   q_i = C(h_i - x^_i),   x^_i <- x^_i + q_i
//
// and ends the round with all messages that have come since the last one, none, one or several of
// a neighbour:
//
//   z_i <- z_i + sum_j w_ij (sum of j's new q_j) - q_i sum_j w_ij
//   x_i <- h_i + gamma z_i
//
// Every message is applied once and in order, so z_i is sum_j w_ij (x^_j - x^_i) with x^_j as old
// as the last message, at most max_staleness rounds (asynchronous.h). With nodes of one speed and
// links without delay this is choco-amsgrad to the bit.
//
// What lockstep has and this has not: the z_i no longer sum to zero while messages are under way,
// so the mean of the models lags behind the mean of the steps by what is under way; a node that
// makes more rounds puts more of its own objective into the mean.
//
// Memory: as choco, and the messages that wait.
#pragma once

#include <vector>

#include "nodes/algorithms/choco.h"
#include "nodes/asynchronous.h"

namespace hearsay {

class AsyncChoco final : public Choco, public Asynchronous {
 public:
  AsyncChoco(const NodeContext& context, const std::shared_ptr<const Compressor>& compressor,
             double gossip_step, LocalRule rule, Round max_staleness);

  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) override;
  Asynchronous* asynchronous() override { return this; }

  void take(Round t, NodeId from, const Payload& payload, Workspace& work,
            std::vector<Message>& out) override;
  std::optional<std::string> refusal(NodeId from, ByteView payload) const override;
  std::vector<NodeId> held_by(Round t) const override;
  const Staleness& staleness() const override { return staleness_; }

  /// Messages that wait are left out, as if they had not come yet.
  void visit_state(StateVisitor& visitor) override;

 private:
  struct Neighbour {
    NodeId id = 0;
    Round heard = 0;  // this node's round in which its last message was taken
    std::vector<Payload> waiting;
  };

  Neighbour& neighbour(NodeId id);

  Round max_staleness_;
  std::vector<Neighbour> neighbours_;  // ascending
  Staleness staleness_;
  std::vector<Incoming> incoming_;  // scratch
};

}  // namespace hearsay
