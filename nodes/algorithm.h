// An algorithm is one node's half of a distributed optimization method: pure arithmetic in rounds
// and phases. It owns no socket, clock, thread or file; the round engine (nodes/round_engine.h)
// moves its messages, in the simulator and over ZeroMQ alike.
//
// A round has one or more phases. In each phase a node first produces its messages, then waits for
// one message from each of its senders, then consumes them all at once, in ascending node id. On a
// graph a round is one phase (everyone to its neighbours); on a star with a server it is two (up,
// down), or two for each thing that is averaged. A phase without senders costs nothing.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/channel.h"
#include "core/layout.h"
#include "core/params.h"
#include "core/registry.h"
#include "core/state.h"
#include "core/types.h"
#include "core/vector_ops.h"
#include "core/workspace.h"
#include "nodes/network.h"
#include "nodes/payload.h"
#include "nodes/plain_step.h"
#include "nodes/problem.h"

namespace hearsay {

class Asynchronous;  // nodes/asynchronous.h
class Optimizer;

struct Message {
  std::span<const NodeId> to;  // the sender's, until it produces the next
  Payload payload;
  std::uint64_t ideal_bits = 0;  // for one link
};

struct Incoming {
  NodeId from = 0;
  ByteView payload;                       // has passed Algorithm::check
  std::span<const ByteView> pieces = {};  // instead, of a payload that lies in several
};

class Algorithm {
 public:
  virtual ~Algorithm() = default;

  virtual std::size_t phases() const = 0;

  /// The nodes whose messages consume() needs in that phase, ascending; may be none.
  virtual const std::vector<NodeId>& senders(Round t, std::size_t phase) const = 0;

  /// How many rounds a sender may be ahead of this node, rounds in which this node waits for nobody
  /// not counted; 1 where senders wait for those they send to.
  virtual Round lead() const { return 1; }

  /// Computes what this phase sends and appends it to `out`. Called in every phase of every round,
  /// also on nodes that send nothing in it.
  virtual void produce(Round t, std::size_t phase, Workspace& work, std::vector<Message>& out) = 0;

  /// Whether every message is x as it is, d floats, and consume() takes those that lie in several
  /// pieces, whole floats in each; take_ahead() need not. Of others Incoming::pieces is empty.
  virtual bool takes_pieces() const { return false; }

  /// What is wrong with a payload of that round and phase, or nothing. For payloads from the
  /// network.
  virtual std::optional<std::string> check(Round t, std::size_t phase, ByteView payload) const = 0;

  /// Takes the messages of all senders(t, phase), ascending. After the last phase round t is over.
  virtual void consume(Round t, std::size_t phase, std::span<const Incoming> messages,
                       Workspace& work) = 0;

  /// A message that consume() will be given later with all others, while some of them are still
  /// under way: may be decoded now. Called in ascending order, without a gap from the first sender
  /// on, and not for all messages. No bit may depend on it.
  virtual void take_ahead(Round /*t*/, std::size_t /*phase*/, const Incoming& /*message*/,
                          Workspace& /*work*/) {}

  /// What consume() needs besides the messages, such as a gradient, may be computed now: the node's
  /// own have gone out. Not called in every phase; consume() is called with the same workspace
  /// then, whose gradient slot nobody else uses in between. No bit may depend on it.
  virtual void work_ahead(Round /*t*/, std::size_t /*phase*/, Workspace& /*work*/) {}

  /// What an asynchronous algorithm does besides; null for those in lockstep.
  virtual Asynchronous* asynchronous() { return nullptr; }
  const Asynchronous* asynchronous() const {
    return const_cast<Algorithm*>(this)->asynchronous();  // NOLINT: it changes nothing
  }

  /// What the node's rounds are, where each is one step of plain averaging: a simulation may then
  /// take the steps of all nodes at once. The same for all nodes but for x.
  virtual std::optional<PlainStep> plain_step() { return std::nullopt; }

  /// x_i after the last finished round.
  virtual ConstVectorView model() const = 0;

  /// Whether all of model() is finite, for those who have seen it when they made it.
  virtual bool model_is_finite() const { return all_finite(model()); }

  /// How many batches the node has drawn by the end of round t.
  virtual Round batches(Round t) const { return t; }

  /// The compressed channels that this node sends through, for diagnostics.
  virtual std::vector<const ChannelSender*> channels() const { return {}; }

  /// The optimizers whose moments mean the same whoever the neighbours are (nodes/moments.h).
  virtual std::vector<Optimizer*> optimizers() { return {}; }

  /// Everything that must be saved for a bit-exact continuation.
  virtual void visit_state(StateVisitor& visitor) = 0;
};

/// All that a node knows when it starts.
struct NodeContext {
  NodeId self = 0;
  const Network* network = nullptr;
  const Layout* layout = nullptr;
  LocalProblem* problem = nullptr;  // null on a server
  ConstVectorView x0;
  std::uint64_t seed = 0;
  Round rounds = 0;
  double rounds_per_epoch = 1.0;  // local steps counted; the mean over the nodes, for all the same
  Round first =
      0;  // the round that it begins behind: not 0 where a run goes on without a lost node

  std::size_t dimension() const { return x0.size(); }
};

/// Which graphs an algorithm is right on, from the most particular to the most general.
enum class Mixing {
  fixed,              // one symmetric W for all rounds
  doubly_stochastic,  // W may change from round to round and may be directed
  column_stochastic,  // any directed graph: push-sum
};

struct AlgorithmMaker {
  bool on_server = false;  // runs on a star with a server (and with `nodes: 1`); else on any graph
  bool trains = true;      // false: averages only, losses do not apply
  Mixing mixing = Mixing::fixed;
  bool asynchronous = false;  // each node at its own pace: nodes/asynchronous.h
  bool by_round = false;      // warm-ups and the like: it cannot begin anew behind a later round
  bool tracks_gradients =
      false;  // gossips trackers too, for which auto takes a smaller gossip step
  std::unique_ptr<Algorithm> (*make)(const Params& params, const NodeContext& context) = nullptr;
};

const Registry<AlgorithmMaker>& algorithms();

}  // namespace hearsay
