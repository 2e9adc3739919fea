// D-PSGD (Lian et al., "Can decentralized algorithms outperform centralized algorithms?", NeurIPS
// 2017, Algorithm 1): combine-then-adapt, with full models on the wire.
//
//   line 3  g_i = gradient of f_i at x_i, on the node's batch
//   line 5  x_i <- sum_j w_ij x_j - eta g_i
#pragma once

#include "core/optimizer.h"
#include "core/schedule.h"
#include "nodes/algorithms/gossip.h"

namespace hearsay {

class Dpsgd final : public GossipNode {
 public:
  Dpsgd(const NodeContext& context, std::unique_ptr<Optimizer> optimizer, Schedule schedule);

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override;
  std::optional<std::string> check(std::size_t phase, ByteView payload) const override;
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  ChannelSender sender_;
  ChannelReceiver mix_;
};

}  // namespace hearsay
