#include "nodes/algorithms/choco.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/vector_ops.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

namespace {

/// The weights as the neighbours are added, in float, so that what node i takes from node j is what
/// node j takes from node i.
float own_weight(const NodeContext& context) {
  double sum = 0.0;
  for (const MixingMatrix::Weight& weight : context.network->w.row(context.self))
    if (weight.node != context.self) sum += static_cast<double>(static_cast<float>(weight.value));
  return static_cast<float>(-sum);
}

}  // namespace

Choco::Choco(const NodeContext& context, const std::shared_ptr<const Compressor>& compressor,
             double gossip_step, std::optional<LocalRule> rule, ConstVectorView public_start)
    : GossipNode(context),
      gossip_step_(static_cast<float>(gossip_step)),
      rule_(std::move(rule)),
      sender_(ChannelKind::markov, compressor, public_start),
      disagreement_(ChannelKind::markov, compressor),  // all x^ start equal
      own_weight_(own_weight(context)) {}

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
  return disagreement_.compressor().check(payload);
}

void Choco::consume(Round /*t*/, std::size_t /*phase*/, std::span<const Incoming> messages,
                    Workspace& /*work*/) {
  in_node_order(
      messages, [&](ByteView payload, float w) { disagreement_.add(payload, w); },
      [&](float /*w*/) { disagreement_.add(*own_, own_weight_); });
  own_.reset();
  add_scaled(x_, gossip_step_, disagreement_.estimate());
}

void Choco::visit_state(StateVisitor& visitor) {
  visitor.vector("x", x_);
  sender_.visit_state(visitor);
  disagreement_.visit_state(visitor);
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
