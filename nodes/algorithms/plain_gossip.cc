#include "nodes/algorithms/plain_gossip.h"

#include <utility>

#include "core/compressors/identity.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

PlainGossip::PlainGossip(const NodeContext& context,
                         const std::shared_ptr<const Compressor>& compressor, double gossip_step,
                         Vector start)
    : DifferenceNode(context),
      gossip_step_(static_cast<float>(gossip_step)),
      dense_(dynamic_cast<const Identity*>(compressor.get()) != nullptr),
      sender_(ChannelKind::direct, compressor) {
  if (!dense_) differences_.emplace(ChannelKind::direct, compressor);
  x_ = std::move(start);
}

void PlainGossip::produce(Round t, std::size_t /*phase*/, Workspace& work,
                          std::vector<Message>& out) {
  if (dense_) {
    if (!finite_) require_finite(x_, sender_.compressor().layout(), kWhatIsSent);
    return broadcast_model(t, out);
  }
  Bytes& payload = begin_message(t, work);
  Stream stream = compression_stream(t);
  const std::uint64_t bits = sender_.send(x_, stream, work, payload);
  broadcast(t, bits, out);
  differences_->begin_round();
}

std::optional<std::string> PlainGossip::check(Round /*t*/, std::size_t /*phase*/,
                                              ByteView payload) const {
  return sender_.compressor().check(payload);
}

void PlainGossip::add_difference(std::size_t /*phase*/, ByteView message, float w) {
  differences_->add(message, w);
}

void PlainGossip::take_ahead(Round t, std::size_t phase, const Incoming& message, Workspace& work) {
  if (!dense_) DifferenceNode::take_ahead(t, phase, message, work);
}

void PlainGossip::consume(Round t, std::size_t phase, std::span<const Incoming> messages,
                          Workspace& /*work*/) {
  if (dense_) return mix(t, messages);
  add_differences(t, phase, messages);
  finite_ = add_scaled(x_, gossip_step_, differences_->estimate());
}

void PlainGossip::mix(Round t, std::span<const Incoming> messages) {
  const PhaseClock::Scope scope(Phase::decode);
  const float own_weight = own_difference_weight(mixing().at(t), self_);
  DenseRows& rows = dense_rows(t, messages, own_message(), own_weight);
  finite_ = true;
  const ConstVectorView own = model();
  for (auto part = rows.next(); part.size > 0; part = rows.next())
    finite_ &= simd::weighted_step(part.rows, own.subspan(part.begin, part.size), gossip_step_,
                                   VectorView(x_).subspan(part.begin, part.size));
  take_back();
}

std::optional<PlainStep> PlainGossip::plain_step() {
  if (!dense_) return std::nullopt;
  return PlainStep{x_, gossip_step_, &mixing()};
}

void PlainGossip::visit_state(StateVisitor& visitor) {
  take_back();
  visitor.vector("x", x_);
  finite_ = false;  // as far as is known
  sender_.visit_state(visitor);
}

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return std::make_unique<PlainGossip>(context, algorithm_compressor(params, *context.layout),
                                       params.number("gossip_step"), random_start(context));
}

}  // namespace

Part<AlgorithmMaker> part_plain_gossip() {
  return {"gossip",
          "averaging only, from a random vector on each node: plain or naively compressed gossip",
          {part("compressor", compressor_catalogue, "C, applied to the models themselves")
               .by_default("identity"),
           number("gossip_step", "gamma; 1 is x <- W x").above(0).by_default(1.0)},
          {.trains = false, .mixing = Mixing::doubly_stochastic, .make = make}};
}

}  // namespace hearsay
