#include "nodes/algorithms/star_node.h"

#include <cassert>
#include <utility>

namespace hearsay {

namespace {

const std::vector<NodeId>& nobody() {
  static const std::vector<NodeId> kNobody;
  return kNobody;
}

/// Both halves on one machine: the server's and its only worker's, with their messages passed by
/// hand.
class SingleMachine final : public Algorithm {
 public:
  SingleMachine(std::unique_ptr<Algorithm> worker, std::unique_ptr<Algorithm> server)
      : worker_(std::move(worker)), server_(std::move(server)) {}

  std::size_t phases() const override { return 1; }
  const std::vector<NodeId>& senders(Round /*t*/, std::size_t /*phase*/) const override {
    return nobody();
  }
  void produce(Round /*t*/, std::size_t /*phase*/, Workspace& /*work*/,
               std::vector<Message>& /*out*/) override {}
  std::optional<std::string> check(Round /*t*/, std::size_t /*phase*/,
                                   ByteView /*payload*/) const override {
    return "a single machine expects no message";
  }

  void consume(Round t, std::size_t /*phase*/, std::span<const Incoming> /*messages*/,
               Workspace& work) override {
    for (std::size_t phase = 0; phase < worker_->phases(); ++phase) {
      std::vector<Message> up;
      std::vector<Message> down;
      worker_->produce(t, phase, work, up);
      server_->produce(t, phase, work, down);
      hand(up, *server_, t, phase, work);
      hand(down, *worker_, t, phase, work);
    }
  }

  ConstVectorView model() const override { return worker_->model(); }
  Round batches(Round t) const override { return worker_->batches(t); }

  std::vector<const ChannelSender*> channels() const override {
    std::vector<const ChannelSender*> result = worker_->channels();
    const std::vector<const ChannelSender*> down = server_->channels();
    result.insert(result.end(), down.begin(), down.end());
    return result;
  }

  std::vector<Optimizer*> optimizers() override {
    std::vector<Optimizer*> result = worker_->optimizers();
    const std::vector<Optimizer*> others = server_->optimizers();
    result.insert(result.end(), others.begin(), others.end());
    return result;
  }

  void visit_state(StateVisitor& visitor) override {
    worker_->visit_state(visitor);
    server_->visit_state(visitor);
  }

 private:
  static void hand(const std::vector<Message>& messages, Algorithm& to, Round t, std::size_t phase,
                   Workspace& work) {
    std::vector<Incoming> incoming;
    incoming.reserve(messages.size());
    for (const Message& message : messages) incoming.push_back({0, *message.payload});
    to.consume(t, phase, incoming, work);
  }

  std::unique_ptr<Algorithm> worker_;
  std::unique_ptr<Algorithm> server_;
};

}  // namespace

StarNode::StarNode(Side side, const std::vector<Exchange>& exchanges, const Params& params,
                   const NodeContext& context, std::vector<NodeId> others)
    : x_(context.x0.begin(), context.x0.end()),
      schedule_(params, context.rounds, context.rounds_per_epoch),
      side_(side),
      self_(context.self),
      seed_(context.seed),
      others_(std::move(others)) {
  const float one_of_n = 1.0F / static_cast<float>(others_.size());
  for (const Exchange& exchange : exchanges) {
    assert(exchange.aggregator == nullptr ||
           (exchange.up != ChannelKind::markov && !exchange.sum && !exchange.may_skip));
    if (side == Side::worker)
      links_.push_back({.out = ChannelSender(exchange.up, exchange.up_compressor),
                        .in = ChannelReceiver(exchange.down, exchange.down_compressor),
                        .takes_place = exchange.takes_place,
                        .weight = 1.0F,
                        .may_skip = false,
                        .aggregator = nullptr});
    else
      links_.push_back({.out = ChannelSender(exchange.down, exchange.down_compressor),
                        .in = ChannelReceiver(exchange.up, exchange.up_compressor),
                        .takes_place = exchange.takes_place,
                        .weight = exchange.sum ? 1.0F : one_of_n,
                        .may_skip = exchange.may_skip,
                        .aggregator = exchange.aggregator});
  }
}

const std::vector<NodeId>& StarNode::senders(Round t, std::size_t phase) const {
  return !sends_in(phase) && takes_place(t, phase / 2) ? others_ : nobody();
}

std::optional<std::string> StarNode::check(Round /*t*/, std::size_t phase, ByteView payload) const {
  const Link& link = links_[phase / 2];
  if (payload.empty() && link.may_skip) return std::nullopt;
  return link.in.compressor().check(payload);
}

std::vector<const ChannelSender*> StarNode::channels() const {
  std::vector<const ChannelSender*> result;
  result.reserve(links_.size());
  for (const Link& link : links_) result.push_back(&link.out);
  return result;
}

void StarNode::visit_state(StateVisitor& visitor) {
  visitor.vector("x", x_);
  for (Link& link : links_) {
    link.out.visit_state(visitor);
    link.in.visit_state(visitor);
  }
}

void StarNode::send(ConstVectorView w, Round t, std::size_t phase, Workspace& work,
                    std::vector<Message>& out) {
  const std::shared_ptr<Bytes> payload = pool_.take();
  if (work.advance != nullptr) work.advance->begin(others_);
  std::uint64_t bits = 0;
  if (!w.empty()) {
    Stream stream({.seed = seed_,
                   .purpose = Purpose::compression,
                   .node = self_,
                   .round = t,
                   .index = phase});
    bits = links_[phase / 2].out.send(w, stream, work, *payload);
  }
  out.push_back({others_, payload, bits});
}

void StarNode::Link::add(const Incoming& message) {
  if (added++ == 0) in.begin_round();
  if (!message.payload.empty()) in.add(message.payload, weight);
}

void StarNode::take_ahead(Round /*t*/, std::size_t phase, const Incoming& message,
                          Workspace& /*work*/) {
  Link& link = links_[phase / 2];
  if (link.aggregator == nullptr) link.add(message);
}

ConstVectorView StarNode::receive(std::size_t exchange, std::span<const Incoming> messages,
                                  Workspace& work) {
  Link& link = links_[exchange];
  if (link.aggregator != nullptr) {
    PeerVectors peers(messages.size(), x_.size(), work);
    for (const Incoming& message : messages)
      peers.add(link.in.compressor(), message.payload, link.weight);
    link.aggregator->aggregate(peers, link.in.estimate(), work);  // which holds the last one
    return link.in.estimate();
  }
  if (messages.empty()) link.in.begin_round();
  for (const Incoming& message : messages.subspan(link.added)) link.add(message);
  link.added = 0;
  return link.in.estimate();
}

StarWorker::StarWorker(const std::vector<Exchange>& exchanges, const Params& params,
                       const NodeContext& context)
    : StarNode(Side::worker, exchanges, params, context, {0}), problem_(context.problem) {}

void StarWorker::produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) {
  if (!sends_in(phase)) return;
  const ConstVectorView w = offer(t, phase / 2, work);
  if (takes_place(t, phase / 2)) send(w, t, phase, work, out);
}

void StarWorker::consume(Round t, std::size_t phase, std::span<const Incoming> messages,
                         Workspace& work) {
  if (sends_in(phase) || !takes_place(t, phase / 2)) return;
  take(t, phase / 2, receive(phase / 2, messages, work));
}

StarServer::StarServer(const std::vector<Exchange>& exchanges, const Params& params,
                       const NodeContext& context, std::vector<NodeId> workers)
    : StarNode(Side::server, exchanges, params, context, std::move(workers)) {}

void StarServer::consume(Round t, std::size_t phase, std::span<const Incoming> messages,
                         Workspace& work) {
  if (sends_in(phase) || !takes_place(t, phase / 2)) return;
  mean_ = receive(phase / 2, messages, work);
}

void StarServer::produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) {
  if (!sends_in(phase) || !takes_place(t, phase / 2)) return;
  send(answer(t, phase / 2, mean_), t, phase, work, out);
}

std::unique_ptr<Algorithm> make_star_node(const NodeContext& context, const MakeStarWorker& worker,
                                          const MakeStarServer& server) {
  const Network& network = *context.network;
  if (!network.server) return std::make_unique<SingleMachine>(worker(), server({context.self}));
  if (!network.is_server(context.self)) return worker();
  return server(network.graph.neighbours(context.self));
}

}  // namespace hearsay
