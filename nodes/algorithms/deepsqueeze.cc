#include <utility>

#include "core/optimizers/sgd.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/gossip.h"
#include "nodes/algorithms/local_rule.h"
#include "nodes/algorithms/settings.h"

// DeepSqueeze (Tang, Lian, Qiu, Yuan, Zhang, Zhang, Liu, "DeepSqueeze: decentralization meets
// error-compensated compression", 2019, Algorithm 1): gossip of the error-compensated model itself.
//
//   line 3    h_i = x_i - eta g_i(x_i)
//   line 4-5  v_i = h_i + e_i;  m_i = C(v_i);  e_i <- v_i - m_i      (an error-feedback channel)
//   line 7    x_i <- h_i + gamma sum_j w_ij (m_j - m_i)
//
// No public copies: nothing but e_i is kept, and W may change from round to round. What is
// compressed does not shrink as the nodes agree, so gamma must be small (0.01 for signs on a ring
// of eight), and no trial finds it.

namespace hearsay {

namespace {

class DeepSqueeze final : public DifferenceNode {
 public:
  DeepSqueeze(const NodeContext& context, const std::shared_ptr<const Compressor>& compressor,
              double gossip_step, LocalRule rule)
      : DifferenceNode(context),
        gossip_step_(static_cast<float>(gossip_step)),
        rule_(std::move(rule)),
        sender_(ChannelKind::error_feedback, compressor),
        differences_(ChannelKind::error_feedback, compressor) {}

  void produce(Round t, std::size_t /*phase*/, Workspace& work,
               std::vector<Message>& out) override {
    rule_.run(t, x_, work);
    Bytes& payload = begin_message(t, work);
    Stream stream = compression_stream(t);
    const std::uint64_t bits = sender_.send(x_, stream, work, payload);
    broadcast(t, bits, out);
    differences_.begin_round();
  }

  std::optional<std::string> check(Round /*t*/, std::size_t /*phase*/,
                                   ByteView payload) const override {
    return differences_.compressor().check(payload);
  }

  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    add_differences(t, phase, messages);
    add_scaled(x_, gossip_step_, differences_.estimate());
  }

  Round batches(Round t) const override { return rule_.batches(t); }
  std::vector<const ChannelSender*> channels() const override { return {&sender_}; }

  std::vector<Optimizer*> optimizers() override { return {rule_.optimizer()}; }
  void visit_state(StateVisitor& visitor) override {
    visitor.vector("x", x_);
    sender_.visit_state(visitor);
    rule_.visit_state(visitor);
  }

 private:
  void add_difference(std::size_t /*phase*/, ByteView message, float w) override {
    differences_.add(message, w);
  }

  float gossip_step_;
  LocalRule rule_;
  ChannelSender sender_;         // e_i
  ChannelReceiver differences_;  // of one round
};

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return std::make_unique<DeepSqueeze>(
      context, algorithm_compressor(params, *context.layout), params.number("gossip_step"),
      LocalRule(make_optimizer("sgd", params, context.dimension()), params, context));
}

}  // namespace

Part<AlgorithmMaker> part_deepsqueeze() {
  return {"deepsqueeze",
          "a gradient step, then gossip of error-compensated compressed models (Tang et al. 2019)",
          join({LocalRule::params(),
                {compressor_param(),
                 number("gossip_step", "gamma, the consensus step; small for a coarse compressor")
                     .above(0)
                     .must()},
                sgd_params()}),
          {.mixing = Mixing::doubly_stochastic, .make = make}};
}

}  // namespace hearsay
