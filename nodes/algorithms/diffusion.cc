#include "nodes/algorithms/diffusion.h"

#include <utility>

#include "core/optimizers/sgd.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

CorrectedDiffusion::CorrectedDiffusion(const NodeContext& context,
                                       std::unique_ptr<Optimizer> optimizer, Schedule schedule,
                                       float share)
    : GossipNode(context),
      optimizer_(std::move(optimizer)),
      schedule_(std::move(schedule)),
      share_(share),
      c_(context.dimension()),
      gossip_(dense(*context.layout)) {}

void CorrectedDiffusion::produce(Round t, std::size_t /*phase*/, Workspace& work,
                                 std::vector<Message>& out) {
  const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
  problem_->gradient(t, x_, g, work);
  optimizer_->step(x_, g, schedule_.learning_rate(t));
  add_scaled(x_, 1.0F, c_);  // x holds y until the round is over
  Bytes& payload = begin_message();
  const std::uint64_t bits = gossip_.send(x_, work, payload);
  broadcast(t, bits, out);
}

std::optional<std::string> CorrectedDiffusion::check(Round /*t*/, std::size_t /*phase*/,
                                                     ByteView payload) const {
  return gossip_.compressor().check(payload);
}

void CorrectedDiffusion::consume(Round t, std::size_t /*phase*/, std::span<const Incoming> messages,
                                 Workspace& /*work*/) {
  gossip_.begin_round();
  from_others(t, messages, [&](ByteView y, float w) { gossip_.add(y, share_ * w); });
  const ConstVectorView delta = gossip_.mix(x_);
  add_scaled(x_, 1.0F, delta);
  add_scaled(c_, 1.0F, delta);
}

void CorrectedDiffusion::visit_state(StateVisitor& visitor) {
  visitor.vector("x", x_);
  visitor.vector("c", c_);
  optimizer_->visit_state(visitor);
}

std::vector<Param> diffusion_params() {
  return join({Schedule::params(), {dense_compressor_param()}, sgd_params()});
}

std::unique_ptr<Algorithm> make_diffusion(const Params& params, const NodeContext& context,
                                          float share) {
  require_identity(params, params.part(), "beer");
  return std::make_unique<CorrectedDiffusion>(
      context, make_optimizer("sgd", params, context.dimension()),
      Schedule(params, context.rounds, context.rounds_per_epoch), share);
}

}  // namespace hearsay
