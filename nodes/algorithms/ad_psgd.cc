#include "nodes/algorithms/ad_psgd.h"

#include <algorithm>
#include <boost/random/uniform_int_distribution.hpp>
#include <utility>

#include "core/optimizers/sgd.h"
#include "core/phase_clock.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

namespace {

/// x <- x + (other - own) / 2, where `own` is x as it was sent: exactly minus what the other adds.
void meet(VectorView x, ConstVectorView own, ConstVectorView other) {
  for (std::size_t k = 0; k < x.size(); ++k) x[k] += 0.5F * (other[k] - own[k]);
}

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  require_identity(params, "ad-psgd", "async-choco-amsgrad");
  return std::make_unique<AdPsgd>(
      context, LocalRule(make_optimizer("sgd", params, context.dimension()), params, context),
      static_cast<Round>(params.integer("max_staleness")));
}

}  // namespace

AdPsgd::AdPsgd(const NodeContext& context, LocalRule rule, Round max_staleness)
    : self_(context.self),
      seed_(context.seed),
      rule_(std::move(rule)),
      max_staleness_(max_staleness),
      identity_(dense(*context.layout)),
      neighbours_(context.network->graph.neighbours(context.self)),
      x_(context.x0.begin(), context.x0.end()),
      sent_(context.dimension()) {
  std::sort(neighbours_.begin(), neighbours_.end());
}

NodeId AdPsgd::draw_neighbour(Round t) const {
  Stream stream({.seed = seed_, .purpose = Purpose::partner, .node = self_, .round = t});
  boost::random::uniform_int_distribution<std::size_t> place(0, neighbours_.size() - 1);
  return neighbours_[place(stream)];
}

/// x_i.
void AdPsgd::send(Kind kind, NodeId to, Workspace& work, std::vector<Message>& out) {
  const std::shared_ptr<Bytes> payload = pool_.take();
  Stream unused = Stream::from_state(0);
  const std::uint64_t bits = ChannelSender(ChannelKind::direct, identity_)
                                 .send(x_, unused, work, *payload);  // or throws NotFinite
  payload->push_back(static_cast<std::byte>(kind));
  to_ = to;
  out.push_back({std::span(&to_, 1), payload, bits});
}

void AdPsgd::produce(Round t, std::size_t /*phase*/, Workspace& work, std::vector<Message>& out) {
  rule_.run(t, x_, work);
  if (exchange_ || neighbours_.empty()) return;
  exchange_ = {.with = draw_neighbour(t), .since = t};
  sent_ = x_;
  send(Kind::question, exchange_->with, work, out);
}

std::optional<std::string> AdPsgd::check(Round /*t*/, std::size_t /*phase*/,
                                         ByteView payload) const {
  if (payload.empty() || kind_of(payload) > Kind::answer) return "neither question nor answer";
  return identity_->check(vector_of(payload));
}

std::optional<std::string> AdPsgd::refusal(NodeId from, ByteView payload) const {
  if (kind_of(payload) == Kind::answer && !has_asked(from)) return "an answer without a question";
  return std::nullopt;
}

VectorView AdPsgd::decoded(ByteView payload, Workspace& work) const {
  const PhaseClock::Scope scope(Phase::decode);
  const VectorView other = work.floats(Workspace::Slot::decoded, x_.size());
  std::fill(other.begin(), other.end(), 0.0F);
  identity_->decode_add(vector_of(payload), 1.0F, other);
  return other;
}

void AdPsgd::take(Round t, NodeId from, const Payload& payload, Workspace& work,
                  std::vector<Message>& out) {
  const VectorView other = decoded(*payload, work);
  if (has_asked(from)) {  // the answer, or the same question the other way round
    meet(x_, sent_, other);
    staleness_.add(t - exchange_->since);
    exchange_.reset();
    return;
  }
  send(Kind::answer, from, work, out);
  meet(x_, x_, other);
}

std::vector<NodeId> AdPsgd::held_by(Round t) const {
  if (!exchange_ || t - exchange_->since < max_staleness_) return {};
  return {exchange_->with};
}

void AdPsgd::visit_state(StateVisitor& visitor) {
  visitor.vector("x", x_);
  visitor.vector("sent", sent_);
  std::uint64_t asked = exchange_ ? exchange_->with + std::uint64_t{1} : 0;
  std::uint64_t since = exchange_ ? exchange_->since : 0;
  visitor.integer("asked", asked);
  visitor.integer("since", since);
  exchange_.reset();
  if (asked > 0) exchange_ = {.with = static_cast<NodeId>(asked - 1), .since = since};
  staleness_.visit_state(visitor);
  rule_.visit_state(visitor);
}

Part<AlgorithmMaker> part_ad_psgd() {
  return {
      "ad-psgd",
      "AD-PSGD: gradient steps at each node's own pace, and averaging of pairs (Lian et al. "
      "2018)",
      join({LocalRule::params(), {dense_compressor_param(), max_staleness_param()}, sgd_params()}),
      {.asynchronous = true, .make = make}};
}

}  // namespace hearsay
