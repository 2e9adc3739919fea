#include "nodes/algorithms/dpsgd.h"

#include <utility>

#include "core/optimizers/sgd.h"
#include "core/vector_ops.h"
#include "nodes/algorithms/aggregation.h"
#include "nodes/algorithms/settings.h"

namespace hearsay {

Dpsgd::Dpsgd(const NodeContext& context, LocalRule rule, Order order,
             std::shared_ptr<const Aggregator> aggregator)
    : GossipNode(context),
      rule_(std::move(rule)),
      order_(order),
      aggregator_(std::move(aggregator)),
      sender_(ChannelKind::direct, dense(*context.layout)) {}

void Dpsgd::produce(Round t, std::size_t /*phase*/, Workspace& work, std::vector<Message>& out) {
  if (order_ == Order::adapt_then_combine) {
    rule_.run(t, x_, work);
    finite_ = false;  // as far as is known
  }
  if (aggregator_ == nullptr) {
    if (!finite_) require_finite(x_, sender_.compressor().layout(), kWhatIsSent);
    return broadcast_model(t, out);
  }
  Bytes& payload = begin_message();
  Stream stream = compression_stream(t);
  const std::uint64_t bits = sender_.send(x_, stream, work, payload);
  broadcast(t, bits, out);
}

std::optional<std::string> Dpsgd::check(Round /*t*/, std::size_t /*phase*/,
                                        ByteView payload) const {
  return sender_.compressor().check(payload);
}

void Dpsgd::work_ahead(Round t, std::size_t /*phase*/, Workspace& work) {
  if (order_ != Order::combine_then_adapt || gradient_of_ == t) return;
  problem_->gradient(t, model(), work.floats(Workspace::Slot::gradient, x_.size()), work);
  gradient_of_ = t;
}

void Dpsgd::consume(Round t, std::size_t phase, std::span<const Incoming> messages,
                    Workspace& work) {
  work_ahead(t, phase, work);  // unless it has been
  if (order_ == Order::combine_then_adapt && aggregator_ == nullptr) {
    combine_and_adapt(t, messages, work);
  } else {
    combine(t, messages, work);
    if (order_ == Order::combine_then_adapt) {
      rule_.step(t, x_, work.floats(Workspace::Slot::gradient, x_.size()));
      finite_ = all_finite(x_);
    }
  }
  take_back();
}

/// x_i <- sum_j w_ij x_j - eta dir(g), part by part.
void Dpsgd::combine_and_adapt(Round t, std::span<const Incoming> messages, Workspace& work) {
  const ConstVectorView g = work.floats(Workspace::Slot::gradient, x_.size());
  finite_ = true;
  mix_dense(t, messages, model(), x_, [&](std::size_t begin, VectorView x) {
    rule_.step_part(t, begin, x, g.subspan(begin, x.size()));
    finite_ = finite_ && all_finite(x);
  });
}

/// x_i <- sum_j w_ij x_j, or another aggregate of the neighbourhood.
void Dpsgd::combine(Round t, std::span<const Incoming> messages, Workspace& work) {
  if (aggregator_ != nullptr) {
    PeerVectors peers(messages.size() + 1, x_.size(), work);
    from_others(t, messages,
                [&](ByteView model, float w) { peers.add(sender_.compressor(), model, w); });
    peers.add(x_, 0.0F);  // coordinate-wise rules have no weights, and clipping adds x_i - x_i
    aggregator_->aggregate(peers, x_, work);
    finite_ = all_finite(x_);
    return;
  }
  finite_ = mix_dense(t, messages, model(), x_);
}

void Dpsgd::visit_state(StateVisitor& visitor) {
  take_back();
  visitor.vector("x", x_);
  finite_ = false;  // as far as is known
  gradient_of_ = 0;
  rule_.visit_state(visitor);
}

std::vector<Param> dpsgd_params() {
  return join({LocalRule::params(),
               {choice("order", {"combine-then-adapt", "adapt-then-combine"},
                       "whether the gradient is taken before the models are averaged, or its step")
                    .by_default("combine-then-adapt"),
                dense_compressor_param(), aggregation_param()}});
}

std::unique_ptr<Algorithm> make_dpsgd(const Params& params, const NodeContext& context,
                                      const std::string& optimizer, std::string_view instead) {
  require_identity(params, params.part(), instead);
  LocalRule rule(make_optimizer(optimizer, params, context.dimension()), params, context);
  const bool combines_first = params.text("order") == "combine-then-adapt";
  if (combines_first && rule.steps() > 1)
    throw ParamError("local_steps",
                     "found more than 1 with order: combine-then-adapt, whose gradient is that of "
                     "the model that was sent; allowed with order: adapt-then-combine");
  return std::make_unique<Dpsgd>(
      context, std::move(rule),
      combines_first ? Dpsgd::Order::combine_then_adapt : Dpsgd::Order::adapt_then_combine,
      graph_aggregator(params, *context.network, context.self));
}

namespace {

std::unique_ptr<Algorithm> make(const Params& params, const NodeContext& context) {
  return make_dpsgd(params, context, "sgd", "choco-sgd");
}

}  // namespace

Part<AlgorithmMaker> part_dpsgd() {
  return {"dpsgd",
          "D-PSGD: gossip of full models and a gradient step (Lian et al. 2017)",
          join({dpsgd_params(), sgd_params()}),
          {.mixing = Mixing::doubly_stochastic, .make = make}};
}

}  // namespace hearsay
