// D-PSGD (Lian et al., "Can decentralized algorithms outperform centralized algorithms?", NeurIPS
// 2017, Algorithm 1) with full models on the wire, in the two orders of the literature:
//
//   combine-then-adapt   g_i = gradient of f_i at x_i              line 3
//                        x_i <- sum_j w_ij x_j - eta dir(g_i)      line 5
//   adapt-then-combine   h_i = x_i - eta dir(g_i(x_i));  x_i <- sum_j w_ij h_j
//
// dir is the identity (D-PSGD) or AMSGrad's direction (DADAM). The orders have different limits on
// eta: Sayed, "Adaptation, learning, and optimization over networks", 2014, chapter 7.
#pragma once

#include "nodes/algorithms/gossip.h"
#include "nodes/algorithms/local_rule.h"

namespace hearsay {

class Dpsgd final : public GossipNode {
 public:
  enum class Order { combine_then_adapt, adapt_then_combine };

  Dpsgd(const NodeContext& context, LocalRule rule, Order order);

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override;
  std::optional<std::string> check(Round t, std::size_t phase, ByteView payload) const override;
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) override;
  Round batches(Round t) const override { return rule_.batches(t); }
  void visit_state(StateVisitor& visitor) override;

 private:
  LocalRule rule_;
  Order order_;
  ChannelSender sender_;
  ChannelReceiver mix_;
};

/// The keys `order` and `compressor` (identity alone), and those of the local rule.
std::vector<Param> dpsgd_params();

/// A Dpsgd node with that local optimizer; `instead` names the algorithm that compresses.
std::unique_ptr<Algorithm> make_dpsgd(const Params& params, const NodeContext& context,
                                      const std::string& optimizer, std::string_view instead);

}  // namespace hearsay
