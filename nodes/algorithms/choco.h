// CHOCO: gossip of compressed model differences (Koloskova, Stich, Jaggi, "Decentralized stochastic
// optimization and gossip algorithms with compressed communication", ICML 2019, Algorithms 1 and 2,
// in the memory-efficient form), with a local optimizer in place of the gradient step:
//
//   h_i = x_i - eta dir(g_i(x_i))                     line 2-3   (choco-gossip: h_i = x_i)
//   q_i = C(h_i - x^_i), to all neighbours            line 4-5
//   x^_i <- x^_i + q_i                                line 6
//   z_i <- z_i + sum_j w_ij (q_j - q_i)               line 7, z_i = sum_j w_ij (x^_j - x^_i)
//   x_i <- h_i + gamma z_i                            line 9
//
// The paper keeps s_i = sum_j w_ij x^_j and takes s_i - x^_i. In float32 that goes wrong in long
// runs: near the end the q are smaller than the last place of s_i and are lost from it, but not
// from x^_i, so the mean of all s_i - x^_i, which ought to be zero, grows with every round and
// drags the models away from the optimum. z_i is as small as the disagreement that it stands for,
// and keeps them.
//
// With AMSGrad as the local rule this is DAMSCo (Liu et al., TMLR 2025). x_i holds h_i between the
// two halves of a round, so a node keeps x, x^, z and the optimizer's moments, whatever its degree.
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
  Choco(const NodeContext& context, const std::shared_ptr<const Compressor>& compressor,
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
  ChannelSender sender_;          // x^_i
  ChannelReceiver disagreement_;  // z_i
  float own_weight_;              // of q_i in z_i: minus the sum of the neighbours' weights
  Payload own_;                   // q_i, between produce and consume
};

/// A Choco node with a local rule, from the settings of choco-sgd or choco-amsgrad.
std::unique_ptr<Algorithm> make_choco(const Params& params, const NodeContext& context,
                                      const std::string& optimizer);

}  // namespace hearsay
