// What the algorithms on a graph share: one phase a round, in which every node sends one message to
// all its neighbours and then takes one gossip step with its row of W.
#pragma once

#include <vector>

#include "core/channel.h"
#include "nodes/algorithm.h"

namespace hearsay {

class GossipNode : public Algorithm {
 public:
  std::size_t phases() const override { return 1; }
  const std::vector<NodeId>& senders(Round /*t*/, std::size_t /*phase*/) const override {
    return *neighbours_;
  }
  ConstVectorView model() const override { return x_; }

 protected:
  explicit GossipNode(const NodeContext& context);

  /// Appends `payload` to `out` as a message to all neighbours.
  void broadcast(Bytes payload, std::uint64_t ideal_bits, std::vector<Message>& out) const;

  /// Calls add(payload, w_ij) for every neighbour j and own(w_ii) for the node itself, in ascending
  /// id.
  template <class Add, class Own>
  void in_node_order(std::span<const Incoming> messages, Add add, Own own) const {
    std::size_t next = 0;
    for (const MixingMatrix::Weight& weight : *row_) {
      const auto w = static_cast<float>(weight.value);
      if (weight.node == self_)
        own(w);
      else
        add(messages[next++].payload, w);
    }
  }

  Stream compression_stream(Round t) const {
    return Stream({.seed = seed_, .purpose = Purpose::compression, .node = self_, .round = t});
  }

  NodeId self_;
  std::uint64_t seed_;
  LocalProblem* problem_;
  Vector x_;

 private:
  const std::vector<NodeId>* neighbours_;
  const std::vector<MixingMatrix::Weight>* row_;
};

}  // namespace hearsay
