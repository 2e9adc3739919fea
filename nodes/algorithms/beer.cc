#include "nodes/algorithms/beer.h"

#include <algorithm>
#include <utility>

#include "core/vector_ops.h"
#include "nodes/algorithms/settings.h"
#include "nodes/algorithms/two_parts.h"

namespace hearsay {

Beer::Beer(const NodeContext& context, const std::shared_ptr<const Compressor>& compressor,
           double gossip_step, std::unique_ptr<Optimizer> optimizer, Schedule schedule)
    : DifferenceNode(context),
      gossip_step_(static_cast<float>(gossip_step)),
      optimizer_(std::move(optimizer)),
      schedule_(std::move(schedule)),
      v_(context.dimension()),
      last_gradient_(context.dimension()),
      models_(compressor),
      trackers_(compressor) {}

void Beer::produce(Round t, std::size_t /*phase*/, Workspace& work, std::vector<Message>& out) {
  if (t == first_ + 1) {  // V_0 = G_0
    problem_->gradient(batches(t - 1), x_, last_gradient_, work);
    std::copy(last_gradient_.begin(), last_gradient_.end(), v_.begin());
  }
  add_scaled(x_, gossip_step_, models_.disagreement());
  optimizer_->step(x_, v_, schedule_.learning_rate(t));

  Bytes& message = begin_message();
  begin_two_parts(message);
  std::uint64_t bits = models_.send(x_, compression_stream(t, 0), work, message);
  end_first(message);
  send_ahead(t, message, work);

  const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
  problem_->gradient(batches(t), x_, g, work);
  add_scaled(v_, gossip_step_, trackers_.disagreement());
  for (std::size_t j = 0; j < v_.size(); ++j) {
    v_[j] += g[j] - last_gradient_[j];
    last_gradient_[j] = g[j];
  }
  bits += trackers_.send(v_, compression_stream(t, 1), work, message);
  broadcast(t, bits, out);
}

std::optional<std::string> Beer::check(Round /*t*/, std::size_t /*phase*/, ByteView payload) const {
  return check_two_parts(payload, models_.compressor(), trackers_.compressor());
}

void Beer::consume(Round t, std::size_t phase, std::span<const Incoming> messages,
                   Workspace& /*work*/) {
  add_differences(t, phase, messages);
}

void Beer::add_difference(std::size_t /*phase*/, ByteView message, float w) {
  const TwoParts parts = split_two_parts(message).value();
  models_.add(parts.first, w);
  trackers_.add(parts.second, w);
}

void Beer::visit_state(StateVisitor& visitor) {
  visitor.vector("x", x_);
  visitor.vector("v", v_);
  visitor.vector("last_gradient", last_gradient_);
  models_.visit_state(visitor);
  trackers_.visit_state(visitor);
  optimizer_->visit_state(visitor);
}

std::vector<Param> beer_params() {
  return join({Schedule::params(), {compressor_param(), gossip_step_param()}});
}

std::unique_ptr<Algorithm> make_beer(const Params& params, const NodeContext& context,
                                     const std::string& optimizer) {
  return std::make_unique<Beer>(context, algorithm_compressor(params, *context.layout),
                                params.number("gossip_step"),
                                make_optimizer(optimizer, params, context.dimension()),
                                Schedule(params, context.rounds, context.rounds_per_epoch));
}

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return make_beer(params, context, "sgd");
}

}  // namespace

Part<AlgorithmMaker> part_beer() {
  return {"beer",
          "gradient tracking by compressed differences of models and trackers (Zhao et al. 2022)",
          beer_params(),
          {.tracks_gradients = true, .make = make}};
}

}  // namespace hearsay
