// D-PSGD (Lian et al., "Can decentralized algorithms outperform centralized algorithms?", NeurIPS
// 2017, Algorithm 1) with full models on the wire, in the two orders of the literature:
//
//   combine-then-adapt   g_i = gradient of f_i at x_i              line 3
//                        x_i <- sum_j w_ij x_j - eta dir(g_i)      line 5
//   adapt-then-combine   h_i = x_i - eta dir(g_i(x_i));  x_i <- sum_j w_ij h_j
//
// With `aggregation` the sum over the neighbourhood gives way to a rule that withstands poisoned
// neighbours (core/aggregator.h), made of x_i (or h_i) and of what came.
//
// dir is the identity (D-PSGD) or AMSGrad's direction (DADAM). The orders have different limits on
// eta: Sayed, "Adaptation, learning, and optimization over networks", 2014, chapter 7.
#pragma once

#include <memory>

#include "core/aggregator.h"
#include "nodes/algorithms/gossip.h"
#include "nodes/algorithms/local_rule.h"

namespace hearsay {

class Dpsgd final : public GossipNode {
 public:
  enum class Order { combine_then_adapt, adapt_then_combine };

  /// `aggregator`: null for the mean of W.
  Dpsgd(const NodeContext& context, LocalRule rule, Order order,
        std::shared_ptr<const Aggregator> aggregator);

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override;
  std::optional<std::string> check(Round t, std::size_t phase, ByteView payload) const override;
  /// The gradient of combine-then-adapt, which is that of the model that was sent.
  void work_ahead(Round t, std::size_t phase, Workspace& work) override;
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) override;
  bool takes_pieces() const override { return aggregator_ == nullptr; }
  bool model_is_finite() const override { return finite_; }
  Round batches(Round t) const override { return rule_.batches(t); }
  std::vector<Optimizer*> optimizers() override { return {rule_.optimizer()}; }
  void visit_state(StateVisitor& visitor) override;

 private:
  void combine(Round t, std::span<const Incoming> messages, Workspace& work);
  void combine_and_adapt(Round t, std::span<const Incoming> messages, Workspace& work);

  LocalRule rule_;
  Order order_;
  std::shared_ptr<const Aggregator> aggregator_;
  ChannelSender sender_;
  Round gradient_of_ = 0;  // the round whose gradient lies in the workspace
  bool finite_ = false;    // x, as the last round has made it
};

/// The keys `order`, `compressor` (identity alone) and `aggregation`, and those of the local rule.
std::vector<Param> dpsgd_params();

/// A Dpsgd node with that local optimizer; `instead` names the algorithm that compresses.
std::unique_ptr<Algorithm> make_dpsgd(const Params& params, const NodeContext& context,
                                      const std::string& optimizer, std::string_view instead);

}  // namespace hearsay
