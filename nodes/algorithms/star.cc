#include "nodes/algorithms/star.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace hearsay {

namespace {

constexpr std::size_t kUp = 0;
constexpr std::size_t kDown = 1;

const std::vector<NodeId>& nobody() {
  static const std::vector<NodeId> kNobody;
  return kNobody;
}

/// What both ends of a markov down channel start from: x0 where it carries the model, else zero.
ConstVectorView down_start(const StarPlan& plan, const NodeContext& context) {
  const bool of_models = plan.place == StarPlan::Place::server && plan.down == ChannelKind::markov;
  return of_models ? context.x0 : ConstVectorView{};
}

/// What both halves have: a model, one channel out and one in, perhaps the optimizer.
class StarHalf : public Algorithm {
 public:
  std::size_t phases() const override { return 2; }

  const std::vector<NodeId>& senders(Round /*t*/, std::size_t phase) const override {
    return phase == receives_in_ ? others_ : nobody();
  }

  std::optional<std::string> check(std::size_t /*phase*/, ByteView payload) const override {
    return in_.compressor().check(payload);
  }

  ConstVectorView model() const override { return x_; }

  void visit_state(StateVisitor& visitor) override {
    visitor.vector("x", x_);
    out_.visit_state(visitor);
    in_.visit_state(visitor);
    if (optimizer_) optimizer_->visit_state(visitor);
  }

 protected:
  /// `place` is where this half stands: it has the optimizer if the plan puts it there.
  StarHalf(const StarPlan& plan, const Params& params, const NodeContext& context,
           StarPlan::Place place, std::vector<NodeId> others, ChannelSender out, ChannelReceiver in)
      : x_(context.x0.begin(), context.x0.end()),
        schedule_(params, context.rounds, context.rounds_per_epoch),
        others_(std::move(others)),
        out_(std::move(out)),
        in_(std::move(in)),
        self_(context.self),
        seed_(context.seed),
        receives_in_(place == StarPlan::Place::server ? kUp : kDown) {
    if (plan.place == place)
      optimizer_ = make_optimizer(plan.optimizer, params, context.dimension());
  }

  /// Sends w through the out channel, to all others.
  void send(ConstVectorView w, Round t, std::size_t phase, Workspace& work,
            std::vector<Message>& out) {
    Bytes payload;
    Stream stream({.seed = seed_,
                   .purpose = Purpose::compression,
                   .node = self_,
                   .round = t,
                   .index = phase});
    const std::uint64_t bits = out_.send(w, stream, work, payload);
    out.push_back({others_, std::make_shared<const Bytes>(std::move(payload)), bits});
  }

  /// Adds the messages, each with that weight, in ascending order of their senders.
  ConstVectorView receive(std::span<const Incoming> messages, float weight) {
    in_.begin_round();
    for (const Incoming& message : messages) in_.add(message.payload, weight);
    return in_.estimate();
  }

  Vector x_;
  Schedule schedule_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<NodeId> others_;

 private:
  ChannelSender out_;
  ChannelReceiver in_;
  NodeId self_;
  std::uint64_t seed_;
  std::size_t receives_in_;
};

class StarWorker final : public StarHalf {
 public:
  StarWorker(const StarPlan& plan, const Params& params, const NodeContext& context)
      : StarHalf(plan, params, context, StarPlan::Place::workers, {0},
                 ChannelSender(plan.up, plan.up_compressor),
                 ChannelReceiver(plan.down, plan.down_compressor, down_start(plan, context))),
        problem_(context.problem) {}

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override {
    if (phase != kUp) return;
    const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
    problem_->gradient(t, x_, g, work);
    send(g, t, phase, work, out);
  }

  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    if (phase != kDown) return;
    const ConstVectorView received = receive(messages, 1.0F);
    if (optimizer_)
      optimizer_->step(x_, received, schedule_.learning_rate(t));
    else
      std::copy(received.begin(), received.end(), x_.begin());
  }

 private:
  LocalProblem* problem_;
};

class StarServer final : public StarHalf {
 public:
  StarServer(const StarPlan& plan, const Params& params, const NodeContext& context,
             std::vector<NodeId> workers)
      : StarHalf(plan, params, context, StarPlan::Place::server, std::move(workers),
                 ChannelSender(plan.down, plan.down_compressor, down_start(plan, context)),
                 ChannelReceiver(plan.up, plan.up_compressor)) {}

  void consume(Round /*t*/, std::size_t phase, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    if (phase == kUp) mean_ = receive(messages, 1.0F / static_cast<float>(others_.size()));
  }

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override {
    if (phase != kDown) return;
    if (optimizer_) optimizer_->step(x_, mean_, schedule_.learning_rate(t));
    send(optimizer_ ? ConstVectorView(x_) : mean_, t, phase, work, out);
  }

 private:
  ConstVectorView mean_;  // of the round's gradients, between the two phases
};

/// Both halves on one machine: the server's and its only worker's, with their messages passed by
/// hand.
class SingleMachine final : public Algorithm {
 public:
  SingleMachine(const StarPlan& plan, const Params& params, const NodeContext& context)
      : worker_(plan, params, context), server_(plan, params, context, {context.self}) {}

  std::size_t phases() const override { return 1; }
  const std::vector<NodeId>& senders(Round /*t*/, std::size_t /*phase*/) const override {
    return nobody();
  }
  void produce(Round /*t*/, std::size_t /*phase*/, Workspace& /*work*/,
               std::vector<Message>& /*out*/) override {}
  std::optional<std::string> check(std::size_t /*phase*/, ByteView /*payload*/) const override {
    return "a single machine expects no message";
  }

  void consume(Round t, std::size_t /*phase*/, std::span<const Incoming> /*messages*/,
               Workspace& work) override {
    pass(worker_, server_, t, kUp, work);
    pass(server_, worker_, t, kDown, work);
  }

  ConstVectorView model() const override { return worker_.model(); }

  void visit_state(StateVisitor& visitor) override {
    worker_.visit_state(visitor);
    server_.visit_state(visitor);
  }

 private:
  static void pass(Algorithm& from, Algorithm& to, Round t, std::size_t phase, Workspace& work) {
    std::vector<Message> messages;
    from.produce(t, phase, work, messages);
    const Incoming incoming{0, *messages.front().payload};
    to.consume(t, phase, {&incoming, 1}, work);
  }

  StarWorker worker_;
  StarServer server_;
};

}  // namespace

std::unique_ptr<Algorithm> make_star(const StarPlan& plan, const Params& params,
                                     const NodeContext& context) {
  const Network& network = *context.network;
  if (!network.server) return std::make_unique<SingleMachine>(plan, params, context);
  if (!network.is_server(context.self)) return std::make_unique<StarWorker>(plan, params, context);
  std::vector<NodeId> workers(network.parts());
  std::iota(workers.begin(), workers.end(), 1U);
  return std::make_unique<StarServer>(plan, params, context, std::move(workers));
}

}  // namespace hearsay
