// BEER (Zhao, Li, Liu, Li, Richtarik, Chi, "BEER: fast O(1/T) rate for decentralized nonconvex
// optimization with communication compression", NeurIPS 2022, Algorithm 1): gradient tracking with
// compressed differences of models and of trackers.
//
//   V_0 = G_0, H^_0 = G^_0 = 0
//   line 3  X_{t+1} = X_t + gamma (W - I) H^_t - eta V_t
//   line 4  Q_h = C(X_{t+1} - H^_t);  H^_{t+1} = H^_t + Q_h
//   line 6  V_{t+1} = V_t + gamma (W - I) G^_t + G_{t+1} - G_t
//   line 7  Q_g = C(V_{t+1} - G^_t);  G^_{t+1} = G^_t + Q_g
//
// tracked-amsgrad runs AMSGrad on V in line 3 instead: x - eta dir(V). It is the decentralized
// counterpart of CD-Adam, whose server's g~ all workers step with.
#pragma once

#include "core/optimizer.h"
#include "core/schedule.h"
#include "nodes/algorithms/compressed_gossip.h"
#include "nodes/algorithms/gossip.h"

namespace hearsay {

class Beer final : public DifferenceNode {
 public:
  Beer(const NodeContext& context, const std::shared_ptr<const Compressor>& compressor,
       double gossip_step, std::unique_ptr<Optimizer> optimizer, Schedule schedule);

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override;
  std::optional<std::string> check(Round t, std::size_t phase, ByteView payload) const override;
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) override;
  Round batches(Round t) const override { return t + 1; }  // G_0 before the first round's G_1
  std::vector<const ChannelSender*> channels() const override {
    return {&models_.channel(), &trackers_.channel()};
  }
  std::vector<Optimizer*> optimizers() override { return {optimizer_.get()}; }
  void visit_state(StateVisitor& visitor) override;

 private:
  void add_difference(std::size_t phase, ByteView message, float w) override;

  float gossip_step_;
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  Vector v_;              // V
  Vector last_gradient_;  // G_t
  CompressedGossip models_;
  CompressedGossip trackers_;
};

/// The keys of beer but for the optimizer's, and a Beer node from them.
std::vector<Param> beer_params();
std::unique_ptr<Algorithm> make_beer(const Params& params, const NodeContext& context,
                                     const std::string& optimizer);

}  // namespace hearsay
