#include "nodes/algorithms/dpsgd.h"

#include <algorithm>
#include <utility>

#include "core/optimizers/sgd.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

Dpsgd::Dpsgd(const NodeContext& context, std::unique_ptr<Optimizer> optimizer, Schedule schedule)
    : GossipNode(context),
      optimizer_(std::move(optimizer)),
      schedule_(std::move(schedule)),
      sender_(ChannelKind::direct, dense(*context.layout)),
      mix_(ChannelKind::direct, dense(*context.layout)) {}

void Dpsgd::produce(Round t, std::size_t /*phase*/, Workspace& work, std::vector<Message>& out) {
  Bytes payload;
  Stream stream = compression_stream(t);
  const std::uint64_t bits = sender_.send(x_, stream, work, payload);
  broadcast(std::move(payload), bits, out);
}

std::optional<std::string> Dpsgd::check(std::size_t /*phase*/, ByteView payload) const {
  return mix_.compressor().check(payload);
}

void Dpsgd::consume(Round t, std::size_t /*phase*/, std::span<const Incoming> messages,
                    Workspace& work) {
  const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
  problem_->gradient(t, x_, g, work);

  mix_.begin_round();
  in_node_order(
      messages, [&](ByteView payload, float w) { mix_.add(payload, w); },
      [&](float w) { add_scaled(mix_.estimate(), w, x_); });
  std::copy(mix_.estimate().begin(), mix_.estimate().end(), x_.begin());

  optimizer_->step(x_, g, schedule_.learning_rate(t));
}

void Dpsgd::visit_state(StateVisitor& visitor) {
  visitor.vector("x", x_);
  optimizer_->visit_state(visitor);
}

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  require_identity(params, "dpsgd", "choco-sgd");
  return std::make_unique<Dpsgd>(context, make_optimizer("sgd", params, context.dimension()),
                                 Schedule(params, context.rounds, context.rounds_per_epoch));
}

}  // namespace

Part<AlgorithmMaker> part_dpsgd() {
  return {"dpsgd",
          "D-PSGD: gossip of full models and a gradient step (Lian et al. 2017)",
          join({Schedule::params(), {dense_compressor_param()}, sgd_params()}),
          {.make = make}};
}

}  // namespace hearsay
