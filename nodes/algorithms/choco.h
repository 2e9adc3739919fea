// CHOCO: gossip of compressed model differences (Koloskova, Stich, Jaggi, "Decentralized stochastic
// optimization and gossip algorithms with compressed communication", ICML 2019, Algorithms 1 and 2,
// in the memory-efficient form), with a local optimizer in place of the gradient step:
//
//   h_i = x_i - eta dir(g_i(x_i))                     line 2-3   (choco-gossip: h_i = x_i)
//   q_i = C(h_i - x^_i), to all neighbours            line 4-5
//   x^_i <- x^_i + q_i                                line 6
//   z_i <- z_i + sum_j w_ij (q_j - q_i)               line 7     (see compressed_gossip.h)
//   x_i <- h_i + gamma z_i                            line 9
//
// With AMSGrad as the local rule this is DAMSCo (Liu et al., TMLR 2025). x_i holds h_i between the
// two halves of a round, so a node keeps x, x^, z and the optimizer's moments, whatever its degree.
#pragma once

#include "nodes/algorithms/compressed_gossip.h"
#include "nodes/algorithms/gossip.h"
#include "nodes/algorithms/local_rule.h"

namespace hearsay {

class Choco : public DifferenceNode {
 public:
  /// Without a local rule the node only averages. `public_start` is x^_0, the same on all nodes.
  Choco(const NodeContext& context, const std::shared_ptr<const Compressor>& compressor,
        double gossip_step, std::optional<LocalRule> rule, ConstVectorView public_start);

  /// Makes x_i start apart from the others, for pure averaging.
  void start_from(ConstVectorView x);

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override;
  std::optional<std::string> check(Round t, std::size_t phase, ByteView payload) const override;
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) override;
  bool model_is_finite() const override { return finite_; }
  Round batches(Round t) const override { return rule_ ? rule_->batches(t) : t; }
  std::vector<const ChannelSender*> channels() const override { return {&gossip_.channel()}; }
  std::vector<Optimizer*> optimizers() override;
  void visit_state(StateVisitor& visitor) override;

 protected:
  void add_difference(std::size_t /*phase*/, ByteView q, float w) final { gossip_.add(q, w); }

 private:
  float gossip_step_;
  std::optional<LocalRule> rule_;
  CompressedGossip gossip_;
  bool finite_ = true;  // x after the last round
};

/// The keys of choco-sgd and choco-amsgrad but for the optimizer's.
std::vector<Param> choco_params();

/// A Choco node with that local optimizer, from choco_params().
std::unique_ptr<Algorithm> make_choco(const Params& params, const NodeContext& context,
                                      std::unique_ptr<Optimizer> optimizer);

}  // namespace hearsay
