// The diagnostics channel between a node and the collector, apart from the algorithm's own traffic.
// What is said in which order is described in nodes/collector.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/types.h"
#include "nodes/evaluation.h"
#include "nodes/round_engine.h"

namespace hearsay {

enum class ControlKind : std::uint8_t {
  // node to collector
  join = 1,      // text: endpoint; integers: version, nodes, dimension, digest; rounds: of its
                 // checkpoints
  restored,      // round: the state it begins with; offer.layers: as told in the last evaluation
  warning,       // text: something the user should know of
  progress,      // round, offer.ideal_bits, offer.wire_bytes
  offer,         // round, offer: ready to be evaluated
  model,         // vector: x_i, and behind it the node's buffers
  result,        // result: what was found at the mean
  gradient,      // vector: the full gradient of f_i at the mean
  held,          // round: the last one started; no other will start until stop_after
  finished,      // traffic; integers: what was refused, by the number of the reason; rounds: frames
                 // sent again, reconnections, and with faults the LinkCounts
  failed,        // text: why
  stalled,       // a round's deadline passed; text: how; integers: the nodes that are waited for,
                 // and behind them for how many milliseconds each has been silent
  stop_request,  // the user of this node wants the whole run to stop
  // Asynchronous: round: its own last one; rounds: {how many more it wants}, or, when a neighbour
  // holds it up, {0, how many of its grant it has not used}, or {0, 0, how many it gives back}.
  want,
  // collector to node
  welcome,  // joined; the collector waits for the others and says so when they do not come
  peers,    // texts: the endpoint of each node; round: the checkpoint to begin with, 0 for none;
            // integers: {session}, and with on_peer_loss: reweight for each node whether it is lost
  begin,    // all have restored; rounds: the last round evaluated, if any
  recover,  // a node was lost: leave the round and join again, in a new incarnation
  pull_model,
  mean,  // vector: x-bar, and behind it the mean of the buffers
  pull_gradient,
  go,          // the evaluation of `round` is over
  hold,        // start no further round, say `held`
  stop_after,  // round: the last one to run
  save_after,  // go on; after `round`, make a checkpoint
  grant,       // asynchronous: rounds: {how many more the node may run}; none: it is to give back
               // what it has not used
  assemble,    // asynchronous: all that was granted is done: offer the model for `round`
  probe,       // is the node there?
  bye,         // all is done
  abort,       // text: why the run failed
};

/// Floats that several messages have in common, kept by those who send or receive them.
class SharedVector {
 public:
  SharedVector() = default;
  SharedVector(Vector values) {  // NOLINT: a vector is one
    const auto owner = std::make_shared<const Vector>(std::move(values));
    values_ = *owner;
    owner_ = owner;
  }
  /// Floats that lie in something else.
  SharedVector(std::shared_ptr<const void> owner, ConstVectorView values)
      : owner_(std::move(owner)), values_(values) {}

  ConstVectorView view() const { return values_; }
  std::size_t size() const { return values_.size(); }

 private:
  std::shared_ptr<const void> owner_;
  ConstVectorView values_;
};

struct ControlMessage {
  ControlKind kind = ControlKind::progress;
  NodeId node = 0;                // the sender, or the receiver of a message of the collector
  std::uint64_t incarnation = 0;  // of the run as the sender knows it; 0 before its first welcome
  Round round = 0;
  NodeOffer offer;
  NodeResult result;
  SharedVector vector;
  std::string text;
  std::vector<std::string> texts;
  std::vector<std::uint64_t> integers;
  std::vector<Round> rounds;
  std::vector<LinkTraffic> traffic;
};

/// All but the values of the vector, which travel behind it as they are.
Bytes encode(const ControlMessage& message);

/// The message of what encode() gave and its vector. Nothing when the bytes are no control message
/// of this version, or the vector has another size than they say.
std::optional<ControlMessage> decode_control(ByteView bytes, SharedVector vector = {});

}  // namespace hearsay
