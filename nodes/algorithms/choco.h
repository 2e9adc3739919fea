// CHOCO: gossip of compressed model differences (Koloskova, Stich, Jaggi, "Decentralized stochastic
// optimization and gossip algorithms with compressed communication", ICML 2019, Algorithms 1 and 2,
// in the memory-efficient form), with a local optimizer in place of the gradient step:
//
//   h_i = x_i - eta dir(g_i(x_i))                     line 2-3   (choco-gossip: h_i = x_i)
//   q_i = C(h_i - x^_i), to all neighbours            line 4-5
//   x^_i <- x^_i + q_i,  s_i <- s_i + sum_j w_ij q_j   line 6-7, s_i = sum_j w_ij x^_j
//   x_i <- h_i + gamma (s_i - x^_i)                   line 9
//
// With AMSGrad as the local rule this is DAMSCo (Liu et al., TMLR 2025). x_i holds h_i between the
// two halves of a round, so a node keeps x, x^, s and the optimizer's moments, whatever its degree.
#pragma once

#include "core/optimizer.h"
#include "core/schedule.h"
#include "nodes/algorithms/gossip.h"

namespace hearsay {

class Choco final : public GossipNode {
 public:
  /// The local rule; without one the node only averages.
  struct LocalRule {
    std::unique_ptr<Optimizer> optimizer;
    Schedule schedule;
  };

  /// `public_start` is x^_0, the same on all nodes.
  Choco(const NodeContext& context, std::shared_ptr<const Compressor> compressor,
        double gossip_step, std::optional<LocalRule> rule, ConstVectorView public_start);

  /// Makes x_i start apart from the others, for pure averaging.
  void start_from(ConstVectorView x);

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override;
  std::optional<std::string> check(std::size_t phase, ByteView payload) const override;
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  float gossip_step_;
  std::optional<LocalRule> rule_;
  ChannelSender sender_;    // x^_i
  ChannelReceiver public_;  // s_i
  Payload own_;             // q_i, between produce and consume
};

/// A Choco node with a local rule, from the settings of choco-sgd or choco-amsgrad.
std::unique_ptr<Algorithm> make_choco(const Params& params, const NodeContext& context,
                                      const std::string& optimizer);

}  // namespace hearsay
