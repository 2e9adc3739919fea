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

Message message_to(std::vector<NodeId> to, Bytes payload, std::uint64_t ideal_bits) {
  return {std::move(to), std::make_shared<const Bytes>(std::move(payload)), ideal_bits};
}

/// What the down channel starts from at both ends: x0 where it carries the model, else zero.
ConstVectorView down_start(const StarPlan& plan, const NodeContext& context) {
  return plan.place == StarPlan::Place::server ? context.x0 : ConstVectorView{};
}

class StarWorker final : public Algorithm {
 public:
  StarWorker(const StarPlan& plan, const Params& params, const NodeContext& context)
      : plan_(plan),
        self_(context.self),
        seed_(context.seed),
        problem_(context.problem),
        schedule_(params, context.rounds, context.rounds_per_epoch),
        x_(context.x0.begin(), context.x0.end()),
        up_(plan.up, plan.up_compressor),
        down_(plan.down, plan.down_compressor, down_start(plan, context)) {
    if (plan.place == StarPlan::Place::workers)
      optimizer_ = make_optimizer(plan.optimizer, params, context.dimension());
  }

  std::size_t phases() const override { return 2; }

  const std::vector<NodeId>& senders(Round /*t*/, std::size_t phase) const override {
    static const std::vector<NodeId> kServer{0};
    return phase == kDown ? kServer : nobody();
  }

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override {
    if (phase != kUp) return;
    const VectorView g = work.floats(Workspace::Slot::gradient, x_.size());
    problem_->gradient(t, x_, g, work);
    Bytes payload;
    Stream stream({.seed = seed_, .purpose = Purpose::compression, .node = self_, .round = t});
    const std::uint64_t bits = up_.send(g, stream, work, payload);
    out.push_back(message_to({0}, std::move(payload), bits));
  }

  std::optional<std::string> check(std::size_t /*phase*/, ByteView payload) const override {
    return down_.compressor().check(payload);
  }

  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    if (phase != kDown) return;
    down_.begin_round();
    for (const Incoming& message : messages) down_.add(message.payload, 1.0F);
    const ConstVectorView received = down_.estimate();
    if (optimizer_)
      optimizer_->step(x_, received, schedule_.learning_rate(t));
    else
      std::copy(received.begin(), received.end(), x_.begin());
  }

  ConstVectorView model() const override { return x_; }

  void visit_state(StateVisitor& visitor) override {
    visitor.vector("x", x_);
    up_.visit_state(visitor);
    down_.visit_state(visitor);
    if (optimizer_) optimizer_->visit_state(visitor);
  }

 private:
  StarPlan plan_;
  NodeId self_;
  std::uint64_t seed_;
  LocalProblem* problem_;
  Schedule schedule_;
  Vector x_;
  ChannelSender up_;
  ChannelReceiver down_;
  std::unique_ptr<Optimizer> optimizer_;
};

class StarServer final : public Algorithm {
 public:
  StarServer(const StarPlan& plan, const Params& params, const NodeContext& context,
             std::vector<NodeId> workers)
      : plan_(plan),
        self_(context.self),
        seed_(context.seed),
        workers_(std::move(workers)),
        schedule_(params, context.rounds, context.rounds_per_epoch),
        x_(context.x0.begin(), context.x0.end()),
        up_(plan.up, plan.up_compressor),
        down_(plan.down, plan.down_compressor, down_start(plan, context)) {
    if (plan.place == StarPlan::Place::server)
      optimizer_ = make_optimizer(plan.optimizer, params, context.dimension());
  }

  std::size_t phases() const override { return 2; }

  const std::vector<NodeId>& senders(Round /*t*/, std::size_t phase) const override {
    return phase == kUp ? workers_ : nobody();
  }

  std::optional<std::string> check(std::size_t /*phase*/, ByteView payload) const override {
    return up_.compressor().check(payload);
  }

  void consume(Round /*t*/, std::size_t phase, std::span<const Incoming> messages,
               Workspace& /*work*/) override {
    if (phase != kUp) return;
    up_.begin_round();
    const float weight = 1.0F / static_cast<float>(workers_.size());
    for (const Incoming& message : messages) up_.add(message.payload, weight);
  }

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override {
    if (phase != kDown) return;
    if (optimizer_) optimizer_->step(x_, up_.estimate(), schedule_.learning_rate(t));
    Bytes payload;
    Stream stream({.seed = seed_,
                   .purpose = Purpose::compression,
                   .node = self_,
                   .round = t,
                   .index = kDown});
    const std::uint64_t bits =
        down_.send(optimizer_ ? ConstVectorView(x_) : up_.estimate(), stream, work, payload);
    out.push_back(message_to(workers_, std::move(payload), bits));
  }

  ConstVectorView model() const override { return x_; }

  void visit_state(StateVisitor& visitor) override {
    visitor.vector("x", x_);
    up_.visit_state(visitor);
    down_.visit_state(visitor);
    if (optimizer_) optimizer_->visit_state(visitor);
  }

 private:
  StarPlan plan_;
  NodeId self_;
  std::uint64_t seed_;
  std::vector<NodeId> workers_;
  Schedule schedule_;
  Vector x_;
  ChannelReceiver up_;
  ChannelSender down_;
  std::unique_ptr<Optimizer> optimizer_;
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

std::unique_ptr<Algorithm> make_star(StarPlan plan, const Params& params,
                                     const NodeContext& context) {
  const Network& network = *context.network;
  if (!network.server) return std::make_unique<SingleMachine>(plan, params, context);
  if (!network.is_server(context.self)) return std::make_unique<StarWorker>(plan, params, context);
  std::vector<NodeId> workers(network.parts());
  std::iota(workers.begin(), workers.end(), 1U);
  return std::make_unique<StarServer>(plan, params, context, std::move(workers));
}

}  // namespace hearsay
