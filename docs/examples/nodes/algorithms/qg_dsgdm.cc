#include <algorithm>

#include "core/schedule.h"
#include "core/vector_ops.h"
#include "nodes/algorithm.h"
#include "nodes/algorithms/dense_gossip.h"
#include "nodes/algorithms/gossip.h"
#include "nodes/algorithms/settings.h"

// QG-DSGDm (Lin, Karimireddy, Stich, Jaggi, "Quasi-global momentum: accelerating decentralized deep
// learning on heterogeneous data", ICML 2021, Algorithm 1): D-PSGD with a momentum that follows the
// way of the mixed models, not of the node's own gradients.
//
//   h_i = x_i - eta (mu m_i + g_i(x_i))
//   x_i^+ = sum_j w_ij h_j
//   m_i <- mu m_i + (1 - mu) (x_i - x_i^+) / eta

namespace hearsay {

namespace {

class QgDsgdm final : public GossipNode {
 public:
  QgDsgdm(const NodeContext& context, const Params& params)
      : GossipNode(context),
        schedule_(params, context.rounds, context.rounds_per_epoch),
        mu_(static_cast<float>(params.number("momentum"))),
        m_(context.dimension()),
        before_(context.dimension()),
        gossip_(dense(*context.layout)) {}

  // What the node does before it hears of the others, and what it tells them.
  void produce(Round t, std::size_t /*phase*/, Workspace& work,
               std::vector<Message>& out) override {
    const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
    problem_->gradient(t, x_, g, work);
    std::copy(x_.begin(), x_.end(), before_.begin());
    const auto eta = static_cast<float>(schedule_.learning_rate(t));
    for (std::size_t j = 0; j < x_.size(); ++j) x_[j] -= eta * (mu_ * m_[j] + g[j]);
    Bytes& payload = begin_message();
    const std::uint64_t bits = gossip_.send(x_, work, payload);
    broadcast(t, bits, out);
  }

  std::optional<std::string> check(Round /*t*/, std::size_t /*phase*/,
                                   ByteView payload) const override {
    return gossip_.compressor().check(payload);
  }

  // And when it has heard of all of them.
  void consume(Round t, std::size_t /*phase*/, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    gossip_.begin_round();
    from_others(t, messages, [&](ByteView h, float w) { gossip_.add(h, w); });
    add_scaled(x_, 1.0F, gossip_.mix(x_));
    const auto eta = static_cast<float>(schedule_.learning_rate(t));
    for (std::size_t j = 0; j < x_.size(); ++j)
      m_[j] = mu_ * m_[j] + (1.0F - mu_) * ((before_[j] - x_[j]) / eta);
  }

  // Everything that a checkpoint must hold.
  void visit_state(StateVisitor& visitor) override {
    visitor.vector("x", x_);
    visitor.vector("m", m_);
  }

 private:
  Schedule schedule_;
  float mu_;
  Vector m_;
  Vector before_;  // x_i at the start of the round
  DenseGossip gossip_;
};

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return std::make_unique<QgDsgdm>(context, params);
}

}  // namespace

Part<AlgorithmMaker> part_qg_dsgdm() {
  return {"qg-dsgdm",
          "gossip of full models, and a momentum of the mixed steps (Lin et al. 2021)",
          join({Schedule::params(),
                {number("momentum", "mu, the decay of the momentum")
                     .at_least(0)
                     .below(1)
                     .by_default(0.9)}}),
          {.mixing = Mixing::doubly_stochastic, .make = make}};
}

}  // namespace hearsay
