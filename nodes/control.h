// The diagnostics channel between a node and the collector, apart from the algorithm's own traffic.
// What is said in which order is described in nodes/collector.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/types.h"
#include "nodes/evaluation.h"
#include "nodes/round_engine.h"

namespace hearsay {

enum class ControlKind : std::uint8_t {
  // node to collector
  join = 1,      // text: endpoint; integers: version, nodes, dimension, digest
  progress,      // round, offer.wire_bytes
  offer,         // round, offer: ready to be evaluated
  model,         // vector: x_i
  result,        // result: what was found at the mean
  gradient,      // vector: the full gradient of f_i at the mean
  held,          // round: the last one started; no other will start until stop_after
  finished,      // traffic, integers: {refused frames}
  failed,        // text: why
  stalled,       // a round's deadline passed; text: how, integers: the nodes that were waited for
  stop_request,  // the user of this node wants the whole run to stop
  // collector to node
  welcome,  // joined; the collector waits for the others and says so when they do not come
  peers,    // texts: the endpoint of each node
  pull_model,
  mean,  // vector: x-bar
  pull_gradient,
  go,          // the evaluation of `round` is over
  hold,        // start no further round, say `held`
  stop_after,  // round: the last one to run
  bye,         // all is done
  abort,       // text: why the run failed
};

struct ControlMessage {
  ControlKind kind = ControlKind::progress;
  NodeId node = 0;  // the sender, or the receiver of a message of the collector
  Round round = 0;
  NodeOffer offer;
  NodeResult result;
  Vector vector;
  std::string text;
  std::vector<std::string> texts;
  std::vector<std::uint64_t> integers;
  std::vector<LinkTraffic> traffic;
};

Bytes encode(const ControlMessage& message);

/// Nothing when the bytes are no control message of this version.
std::optional<ControlMessage> decode_control(ByteView bytes);

}  // namespace hearsay
