#include <utility>

#include "core/schedule.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/dense_gossip.h"
#include "nodes/algorithms/gossip.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/two_parts.h"

// DSGT, decentralized stochastic gradient tracking (Pu, Nedic, 2021, eq. (2)-(3); GNSD: Lu, Zhang,
// Sun, Hong, 2019):
//
//   Y_0 = G_0
//   X_{t+1} = W X_t - eta Y_t
//   Y_{t+1} = W Y_t + G_{t+1} - G_t        so that mean(Y) = mean(G) in every round
//
// G_t is taken at X_t, at the start of the round that sends X_t and Y_t.

namespace hearsay {

namespace {

class Dsgt final : public GossipNode {
 public:
  Dsgt(const NodeContext& context, const Params& params)
      : GossipNode(context),
        schedule_(params, context.rounds, context.rounds_per_epoch),
        y_(context.dimension()),
        last_gradient_(context.dimension()),
        models_(dense(*context.layout)),
        trackers_(dense(*context.layout)) {}

  void produce(Round t, std::size_t /*phase*/, Workspace& work,
               std::vector<Message>& out) override {
    const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
    problem_->gradient(t, x_, g, work);
    for (std::size_t j = 0; j < y_.size(); ++j) {
      y_[j] += g[j] - last_gradient_[j];  // in round 1, when both are zero: Y_0 = G_0
      last_gradient_[j] = g[j];
    }
    Bytes& message = begin_message();
    begin_two_parts(message);
    std::uint64_t bits = models_.send(x_, work, message);
    end_first(message);
    bits += trackers_.send(y_, work, message);
    broadcast(t, bits, out);
  }

  std::optional<std::string> check(Round /*t*/, std::size_t /*phase*/,
                                   ByteView payload) const override {
    return check_two_parts(payload, models_.compressor(), trackers_.compressor());
  }

  void consume(Round t, std::size_t /*phase*/, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    models_.begin_round();
    trackers_.begin_round();
    from_others(t, messages, [&](ByteView message, float w) {
      const TwoParts parts = split_two_parts(message).value();
      models_.add(parts.first, w);
      trackers_.add(parts.second, w);
    });
    add_scaled(x_, 1.0F, models_.mix(x_));
    add_scaled(x_, -static_cast<float>(schedule_.learning_rate(t)), y_);
    add_scaled(y_, 1.0F, trackers_.mix(y_));
  }

  void visit_state(StateVisitor& visitor) override {
    visitor.vector("x", x_);
    visitor.vector("y", y_);
    visitor.vector("last_gradient", last_gradient_);
  }

 private:
  Schedule schedule_;
  Vector y_;
  Vector last_gradient_;
  DenseGossip models_;
  DenseGossip trackers_;
};

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  require_identity(params, "dsgt", "beer");
  return std::make_unique<Dsgt>(context, params);
}

}  // namespace

Part<AlgorithmMaker> part_dsgt() {
  return {"dsgt",
          "gradient tracking: gossip of full models and gradient trackers (Pu and Nedic 2021)",
          join({Schedule::params(), {dense_compressor_param()}}),
          {.mixing = Mixing::doubly_stochastic, .make = make}};
}

}  // namespace hearsay
