// What all algorithms of a star with a server share: the two halves, and the exchanges between
// them.
//
// An exchange is an average over the star, in two phases:
//
//   phase 2k      worker i:  w_i through its up channel to the server
//                 server:    mean of what came (direct, error-feedback), or another aggregate of
//                            it (core/aggregator.h), or the running mean (markov); sums run in
//                            ascending worker id
//   phase 2k + 1  server:    what it makes of the mean (the mean itself, unless it says otherwise)
//                            through one down channel to all workers
//                 worker i:  takes what it receives
//
// A half has k = 0, 1, ... of them; those that a round leaves out cost nothing in it. Every worker
// receives the same bits.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/aggregator.h"
#include "core/channel.h"
#include "core/schedule.h"
#include "nodes/algorithm.h"
#include "nodes/payload_pool.h"

namespace hearsay {

/// What is averaged how. `sum`, `may_skip` and `aggregator` are for what goes up.
struct Exchange {
  std::shared_ptr<const Compressor> up_compressor;
  ChannelKind up = ChannelKind::direct;
  std::shared_ptr<const Compressor> down_compressor;
  ChannelKind down = ChannelKind::direct;
  std::function<bool(Round)> takes_place;  // in that round; none: in all rounds
  bool sum = false;       // the server adds with weight 1: votes are counted exactly
  bool may_skip = false;  // a worker may have nothing to say: an empty message, of no ideal bits
  /// In place of the mean; for direct and error-feedback channels alone, as the server has no
  /// replica of what each worker has said so far.
  std::shared_ptr<const Aggregator> aggregator = nullptr;
};

class StarNode : public Algorithm {
 public:
  std::size_t phases() const override { return 2 * links_.size(); }
  const std::vector<NodeId>& senders(Round t, std::size_t phase) const override;
  std::optional<std::string> check(Round t, std::size_t phase, ByteView payload) const override;
  void take_ahead(Round t, std::size_t phase, const Incoming& message, Workspace& work) final;
  ConstVectorView model() const override { return x_; }
  std::vector<const ChannelSender*> channels() const override;

  /// x, then the channels of each exchange.
  void visit_state(StateVisitor& visitor) override;

 protected:
  enum class Side { worker, server };

  StarNode(Side side, const std::vector<Exchange>& exchanges, const Params& params,
           const NodeContext& context, std::vector<NodeId> others);

  bool takes_place(Round t, std::size_t exchange) const {
    const auto& timetable = links_[exchange].takes_place;
    return !timetable || timetable(t);
  }

  bool sends_in(std::size_t phase) const { return phase % 2 == (side_ == Side::worker ? 0U : 1U); }

  /// Sends w to all others; an empty w stands for nothing to say.
  void send(ConstVectorView w, Round t, std::size_t phase, Workspace& work,
            std::vector<Message>& out);

  /// Adds up what came in that exchange, or makes the aggregate of it.
  ConstVectorView receive(std::size_t exchange, std::span<const Incoming> messages,
                          Workspace& work);

  Vector x_;
  Schedule schedule_;

 private:
  struct Link {
    ChannelSender out;
    ChannelReceiver in;
    std::function<bool(Round)> takes_place;
    float weight;                                  // of a message that comes in
    bool may_skip;                                 // such a message may be empty
    std::shared_ptr<const Aggregator> aggregator;  // of what comes in; null: the sum
    std::size_t added = 0;                         // messages of this round, to that sum

    void add(const Incoming& message);
  };

  Side side_;
  NodeId self_;
  std::uint64_t seed_;
  std::vector<NodeId> others_;
  std::vector<Link> links_;  // an exchange each
  PayloadPool pool_;
};

class StarWorker : public StarNode {
 public:
  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) final;
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) final;

 protected:
  StarWorker(const std::vector<Exchange>& exchanges, const Params& params,
             const NodeContext& context);

  /// What goes up. Called for every exchange of every round, in order, and sent if the exchange
  /// takes place; empty: nothing to say.
  virtual ConstVectorView offer(Round t, std::size_t exchange, Workspace& work) = 0;

  /// Takes what came down; not called where the exchange is left out.
  virtual void take(Round t, std::size_t exchange, ConstVectorView received) = 0;

  LocalProblem& problem() { return *problem_; }

 private:
  LocalProblem* problem_;
};

/// Sends the mean back; has no state but its channels, unless a subclass does more.
class StarServer : public StarNode {
 public:
  StarServer(const std::vector<Exchange>& exchanges, const Params& params,
             const NodeContext& context, std::vector<NodeId> workers);

  void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) final;
  void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
               Workspace& work) final;

 protected:
  /// What goes down to all workers, made of the mean of what came up.
  virtual ConstVectorView answer(Round /*t*/, std::size_t /*exchange*/, ConstVectorView mean) {
    return mean;
  }

 private:
  ConstVectorView mean_;  // between the two phases of an exchange
};

using MakeStarWorker = std::function<std::unique_ptr<Algorithm>()>;
using MakeStarServer = std::function<std::unique_ptr<Algorithm>(std::vector<NodeId> workers)>;

/// The half that the node of `context` plays; on a network of one node, both halves in one without
/// any message (the single-machine form of the papers).
std::unique_ptr<Algorithm> make_star_node(const NodeContext& context, const MakeStarWorker& worker,
                                          const MakeStarServer& server);

/// The same, with a server that only averages.
template <class Worker>
std::unique_ptr<Algorithm> make_star_node(const std::vector<Exchange>& exchanges,
                                          const Params& params, const NodeContext& context) {
  return make_star_node(
      context, [&] { return std::make_unique<Worker>(exchanges, params, context); },
      [&](std::vector<NodeId> workers) {
        return std::make_unique<StarServer>(exchanges, params, context, std::move(workers));
      });
}

}  // namespace hearsay
