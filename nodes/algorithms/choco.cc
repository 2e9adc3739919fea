#include "nodes/algorithms/choco.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/vector_ops.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

Choco::Choco(const NodeContext& context, const std::shared_ptr<const Compressor>& compressor,
             double gossip_step, std::optional<LocalRule> rule, ConstVectorView public_start)
    : DifferenceNode(context),
      gossip_step_(static_cast<float>(gossip_step)),
      rule_(std::move(rule)),
      gossip_(compressor, public_start) {}

void Choco::start_from(ConstVectorView x) {
  assert(x.size() == x_.size());
  std::copy(x.begin(), x.end(), x_.begin());
}

void Choco::produce(Round t, std::size_t /*phase*/, Workspace& work, std::vector<Message>& out) {
  if (rule_) rule_->run(t, x_, work);
  Bytes& payload = begin_message(t, work);
  const std::uint64_t bits = gossip_.send(x_, compression_stream(t), work, payload);
  broadcast(t, bits, out);
}

std::optional<std::string> Choco::check(Round /*t*/, std::size_t /*phase*/,
                                        ByteView payload) const {
  return gossip_.compressor().check(payload);
}

void Choco::consume(Round t, std::size_t phase, std::span<const Incoming> messages,
                    Workspace& /*work*/) {
  add_differences(t, phase, messages);
  finite_ = add_scaled(x_, gossip_step_, gossip_.disagreement());
}

std::vector<Optimizer*> Choco::optimizers() {
  if (!rule_) return {};
  return {rule_->optimizer()};
}

void Choco::visit_state(StateVisitor& visitor) {
  visitor.vector("x", x_);
  gossip_.visit_state(visitor);
  if (rule_) rule_->visit_state(visitor);
}

std::vector<Param> choco_params() {
  return join(
      {LocalRule::params(), {compressor_param(), gossip_step_param(), mean_aggregation_param()}});
}

std::unique_ptr<Algorithm> make_choco(const Params& params, const NodeContext& context,
                                      std::unique_ptr<Optimizer> optimizer) {
  return std::make_unique<Choco>(context, algorithm_compressor(params, *context.layout),
                                 params.number("gossip_step"),
                                 LocalRule(std::move(optimizer), params, context), context.x0);
}

}  // namespace hearsay
