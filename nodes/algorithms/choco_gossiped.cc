#include "nodes/algorithms/choco_gossiped.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/schedule.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/compressed_gossip.h"
#include "nodes/algorithms/gossip.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/tracked_moments.h"
#include "nodes/algorithms/two_parts.h"

namespace hearsay {

namespace {

class ChocoGossiped final : public DifferenceNode {
 public:
  ChocoGossiped(const NodeContext& context, const Params& params)
      : DifferenceNode(context),
        gossip_step_(static_cast<float>(params.number("gossip_step"))),
        steps_(static_cast<Round>(params.integer("local_steps"))),
        share_(1.0F / static_cast<float>(context.network->nodes())),
        epsilon_(static_cast<float>(params.number("epsilon"))),
        schedule_(params, context.rounds, context.rounds_per_epoch),
        moments_(params, context.dimension(), 0.0F),
        models_(algorithm_compressor(params, *context.layout), context.x0),
        seconds_(algorithm_compressor(params, *context.layout)) {}

  void produce(Round t, std::size_t /*phase*/, Workspace& work,
               std::vector<Message>& out) override {
    const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
    for (Round h = 1; h <= steps_; ++h) {
      problem_->gradient(batches(t - 1) + h, x_, g, work);
      moments_.update_first(g);
      moments_.update_second(g);
      step(static_cast<float>(schedule_.learning_rate(t)));
    }
    Bytes& message = begin_message();
    begin_two_parts(message);
    std::uint64_t bits = models_.send(x_, compression_stream(t, 0), work, message);
    end_first(message);
    send_ahead(t, message, work);
    bits += seconds_.send(moments_.tracked(), compression_stream(t, 1), work, message);
    broadcast(t, bits, out);
  }

  std::optional<std::string> check(Round /*t*/, std::size_t /*phase*/,
                                   ByteView payload) const override {
    return check_two_parts(payload, models_.compressor(), seconds_.compressor());
  }

  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    add_differences(t, phase, messages);
    add_scaled(x_, gossip_step_, models_.disagreement());
    add_scaled(moments_.tracked(), gossip_step_, seconds_.disagreement());
  }

  Round batches(Round t) const override { return t * steps_; }
  std::vector<const ChannelSender*> channels() const override {
    return {&models_.channel(), &seconds_.channel()};
  }

  void visit_state(StateVisitor& visitor) override {
    visitor.vector("x", x_);
    moments_.visit_state(visitor);
    models_.visit_state(visitor);
    seconds_.visit_state(visitor);
  }

 private:
  void add_difference(std::size_t /*phase*/, ByteView message, float w) override {
    const TwoParts parts = split_two_parts(message).value();
    models_.add(parts.first, w);
    seconds_.add(parts.second, w);
  }

  void step(float eta) {
    const ConstVectorView m = moments_.first();
    const ConstVectorView own = moments_.second();
    const ConstVectorView tracked = std::as_const(moments_).tracked();
    for (std::size_t j = 0; j < x_.size(); ++j) {
      const float u = std::max(tracked[j], share_ * own[j]);
      x_[j] -= eta * (m[j] / std::sqrt(u + epsilon_));
    }
  }

  float gossip_step_;
  Round steps_;
  float share_;  // 1/n
  float epsilon_;
  Schedule schedule_;
  TrackedMoments moments_;
  CompressedGossip models_;
  CompressedGossip seconds_;
};

}  // namespace

std::unique_ptr<Algorithm> make_choco_gossiped(const Params& params, const NodeContext& context) {
  if (params.number("weight_decay") != 0.0)
    throw ParamError("weight_decay", "allowed with second_moment: gossiped is 0");
  if (params.flag("bias_correction"))
    throw ParamError("bias_correction", "allowed with second_moment: gossiped is false");
  return std::make_unique<ChocoGossiped>(context, params);
}

}  // namespace hearsay
