// AD-PSGD (Lian, Zhang, Zhang, Liu, "Asynchronous decentralized parallel stochastic gradient
// descent", ICML 2018, Algorithm 1): every node takes gradient steps at its own pace and averages
// its model with that of one random neighbour at a time,
//
//   x_i, x_j <- (x_i + x_j) / 2
//
// Here the two halves of an exchange are messages. Node i asks a neighbour that it draws anew for
// each exchange, and sends x_i with the question; node j answers with its own x_j and adds
// (x_i - x_j) / 2 to it; on the answer node i adds (x_j - x_i) / 2, with x_i as it was sent. What
// one adds is to the bit what the other takes away, whatever steps lie between, so an exchange
// keeps the mean of the models. When two nodes ask each other at once, the two questions are one
// exchange.
//
// The paper needs a bipartite graph, since its nodes stand still until they are answered. Here a
// node goes on while it waits, max_staleness rounds at most (asynchronous.h), and answers while it
// stands still: any connected graph will do, and nobody can wait in a circle.
//
// An answer is sent between two gradients of the asked node, not during one. Mixing weights play no
// role. Memory: x, and x as it was sent.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "nodes/algorithm.h"
#include "nodes/algorithms/local_rule.h"
#include "nodes/asynchronous.h"
#include "nodes/payload_pool.h"

namespace hearsay {

class AdPsgd final : public Algorithm, public Asynchronous {
 public:
  AdPsgd(const NodeContext& context, LocalRule rule, Round max_staleness);

  std::size_t phases() const override { return 1; }
  const std::vector<NodeId>& senders(Round /*t*/, std::size_t /*phase*/) const override {
    return neighbours_;
  }
  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) override;
  std::optional<std::string> check(Round t, std::size_t phase, ByteView payload) const override;
  void consume(Round /*t*/, std::size_t /*phase*/, std::span<const Incoming> /*messages*/,
               Workspace& /*work*/) override {}
  ConstVectorView model() const override { return x_; }
  Round batches(Round t) const override { return rule_.batches(t); }
  Asynchronous* asynchronous() override { return this; }

  void take(Round t, NodeId from, const Payload& payload, Workspace& work,
            std::vector<Message>& out) override;
  std::optional<std::string> refusal(NodeId from, ByteView payload) const override;
  std::vector<NodeId> held_by(Round t) const override;
  const Staleness& staleness() const override { return staleness_; }

  std::vector<Optimizer*> optimizers() override { return {rule_.optimizer()}; }
  void visit_state(StateVisitor& visitor) override;

 private:
  enum class Kind : std::uint8_t { question, answer };
  struct Exchange {  // that this node has asked for
    NodeId with = 0;
    Round since = 0;
  };

  static ByteView vector_of(ByteView payload) { return payload.first(payload.size() - 1); }
  static Kind kind_of(ByteView payload) { return static_cast<Kind>(payload.back()); }
  VectorView decoded(ByteView payload, Workspace& work) const;
  bool has_asked(NodeId id) const { return exchange_ && exchange_->with == id; }
  void send(Kind kind, NodeId to, Workspace& work, std::vector<Message>& out);
  NodeId draw_neighbour(Round t) const;

  NodeId self_;
  std::uint64_t seed_;
  LocalRule rule_;
  Round max_staleness_;
  std::shared_ptr<const Compressor> identity_;
  std::vector<NodeId> neighbours_;  // ascending
  PayloadPool pool_;
  NodeId to_ = 0;  // of the message that was made last
  Vector x_;
  std::optional<Exchange> exchange_;
  Vector sent_;  // x_ as it was sent with the question
  Staleness staleness_;
};

}  // namespace hearsay
