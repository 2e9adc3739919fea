#include "nodes/algorithms/async_choco.h"

#include <algorithm>
#include <utility>

#include "core/optimizers/amsgrad.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

namespace {

/// Between two rounds of this node a neighbour goes on by tau + 1 rounds for each message that
/// reaches it, of which tau + 1 at most can be under way.
std::size_t most_waiting(Round tau) {
  return static_cast<std::size_t>((tau + 2) * (tau + 2));
}

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return std::make_unique<AsyncChoco>(
      context, algorithm_compressor(params, *context.layout), params.number("gossip_step"),
      LocalRule(make_optimizer("amsgrad", params, context.dimension()), params, context),
      static_cast<Round>(params.integer("max_staleness")));
}

}  // namespace

AsyncChoco::AsyncChoco(const NodeContext& context,
                       const std::shared_ptr<const Compressor>& compressor, double gossip_step,
                       LocalRule rule, Round max_staleness)
    : Choco(context, compressor, gossip_step, std::move(rule), context.x0),
      max_staleness_(max_staleness) {
  for (const NodeId id : senders(1, 0))
    neighbours_.push_back({.id = id, .heard = context.first, .waiting = {}});
}

AsyncChoco::Neighbour& AsyncChoco::neighbour(NodeId id) {
  return *std::find_if(neighbours_.begin(), neighbours_.end(),
                       [id](const Neighbour& other) { return other.id == id; });
}

void AsyncChoco::take(Round /*t*/, NodeId from, const Payload& payload, Workspace& /*work*/,
                      std::vector<Message>& /*out*/) {
  neighbour(from).waiting.push_back(payload);
}

std::optional<std::string> AsyncChoco::refusal(NodeId from, ByteView /*payload*/) const {
  for (const Neighbour& other : neighbours_)
    if (other.id == from && other.waiting.size() >= most_waiting(max_staleness_))
      return "its sender goes on without waiting";
  return std::nullopt;
}

std::vector<NodeId> AsyncChoco::held_by(Round t) const {
  std::vector<NodeId> holding;
  for (const Neighbour& other : neighbours_)
    if (other.waiting.empty() && t - other.heard > max_staleness_) holding.push_back(other.id);
  return holding;
}

void AsyncChoco::consume(Round t, std::size_t phase, std::span<const Incoming> /*messages*/,
                         Workspace& work) {
  incoming_.clear();
  for (Neighbour& other : neighbours_) {
    if (!other.waiting.empty()) other.heard = t;
    staleness_.add(t - other.heard);
    for (const Payload& payload : other.waiting) incoming_.push_back({other.id, *payload});
  }
  Choco::consume(t, phase, incoming_, work);
  for (Neighbour& other : neighbours_) other.waiting.clear();
}

void AsyncChoco::visit_state(StateVisitor& visitor) {
  Choco::visit_state(visitor);
  for (Neighbour& other : neighbours_) visitor.integer("heard", other.heard);
  staleness_.visit_state(visitor);
}

Part<AlgorithmMaker> part_async_choco_amsgrad() {
  return {"async-choco-amsgrad",
          "choco-amsgrad at each node's own pace, with knowledge of bounded age",
          join({LocalRule::params(),
                {compressor_param(), gossip_step_param(), max_staleness_param()},
                amsgrad_params()}),
          {.asynchronous = true, .make = make}};
}

}  // namespace hearsay
