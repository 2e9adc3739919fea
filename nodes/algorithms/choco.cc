#include "nodes/algorithms/choco.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "nodes/algorithms/settings.h"

namespace hearsay {

Choco::Choco(const NodeContext& context, std::shared_ptr<const Compressor> compressor,
             double gossip_step, std::optional<LocalRule> rule, ConstVectorView public_start)
    : GossipNode(context),
      gossip_step_(static_cast<float>(gossip_step)),
      rule_(std::move(rule)),
      sender_(ChannelKind::markov, compressor, public_start),
      public_(ChannelKind::markov, compressor, public_start) {}

void Choco::start_from(ConstVectorView x) {
  assert(x.size() == x_.size());
  std::copy(x.begin(), x.end(), x_.begin());
}

void Choco::produce(Round t, std::size_t /*phase*/, Workspace& work, std::vector<Message>& out) {
  if (rule_) {
    const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
    problem_->gradient(t, x_, g, work);
    rule_->optimizer->step(x_, g, rule_->schedule.learning_rate(t));
  }
  Bytes payload;
  Stream stream = compression_stream(t);
  const std::uint64_t bits = sender_.send(x_, stream, work, payload);
  broadcast(std::move(payload), bits, out);
  own_ = out.back().payload;
}

std::optional<std::string> Choco::check(std::size_t /*phase*/, ByteView payload) const {
  return public_.compressor().check(payload);
}

void Choco::consume(Round /*t*/, std::size_t /*phase*/, std::span<const Incoming> messages,
                    Workspace& /*work*/) {
  in_node_order(
      messages, [&](ByteView payload, float w) { public_.add(payload, w); },
      [&](float w) { public_.add(*own_, w); });
  own_.reset();

  const ConstVectorView s = public_.estimate();
  const ConstVectorView x_hat = sender_.memory();
  for (std::size_t j = 0; j < x_.size(); ++j) x_[j] += gossip_step_ * (s[j] - x_hat[j]);
}

void Choco::visit_state(StateVisitor& visitor) {
  visitor.vector("x", x_);
  sender_.visit_state(visitor);
  public_.visit_state(visitor);
  if (rule_) rule_->optimizer->visit_state(visitor);
}

std::unique_ptr<Algorithm> make_choco(const Params& params, const NodeContext& context,
                                      const std::string& optimizer) {
  Choco::LocalRule rule{make_optimizer(optimizer, params, context.dimension()),
                        Schedule(params, context.rounds, context.rounds_per_epoch)};
  return std::make_unique<Choco>(context, algorithm_compressor(params, *context.layout),
                                 params.number("gossip_step"), std::move(rule), context.x0);
}

}  // namespace hearsay
