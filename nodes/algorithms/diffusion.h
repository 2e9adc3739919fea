// Bias-corrected diffusion: D2 and exact diffusion, one full model a round.
//
//   D2 (Tang, Lian, Yan, Zhang, Liu, "D2: decentralized training over decentralized data", ICML
//   2018, Algorithm 1), with W:
//     X_1     = W (X_0 - eta G_0)
//     X_{t+1} = W (2 X_t - X_{t-1} - eta (G_t - G_{t-1}))
//   Exact diffusion (Yuan, Ying, Zhao, Sayed, 2019, Algorithm 1) is the same with (W + I)/2.
//
// The same with a correction c in place of the last round's model and gradient:
//     y_i = x_i - eta g_i + c_i;  d_i = sum_j w_ij (y_j - y_i);  x_i <- y_i + d_i;  c_i <- c_i +
//     d_i
// since X_t - X_{t-1} + eta G_{t-1} = c_t. The c_i sum to zero over the nodes.
#pragma once

#include "core/optimizer.h"
#include "core/schedule.h"
#include "nodes/algorithms/dense_gossip.h"
#include "nodes/algorithms/gossip.h"

namespace hearsay {

class CorrectedDiffusion final : public GossipNode {
 public:
  /// `share` scales the weights of the neighbours: 1 for W, 1/2 for (W + I)/2.
  CorrectedDiffusion(const NodeContext& context, std::unique_ptr<Optimizer> optimizer,
                     Schedule schedule, float share);

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override;
  std::optional<std::string> check(Round t, std::size_t phase, ByteView payload) const override;
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) override;
  std::vector<Optimizer*> optimizers() override { return {optimizer_.get()}; }
  void visit_state(StateVisitor& visitor) override;

 private:
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  float share_;
  Vector c_;
  DenseGossip gossip_;
};

std::vector<Param> diffusion_params();

std::unique_ptr<Algorithm> make_diffusion(const Params& params, const NodeContext& context,
                                          float share);

}  // namespace hearsay
