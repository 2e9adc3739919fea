// What those who watch a run may ask about its nodes, when they want to know: nothing is gathered
// for nobody.
#pragma once

#include <cstdint>
#include <span>

#include "core/types.h"

namespace hearsay {

enum class NodeState {
  awaited,  // has not joined, or takes up its state
  running,
  waiting,  // its round has gone on for too long, because of others
  stalled,  // others wait for it for too long, or it cannot be reached
  lost,     // its process or its connection is gone
  failed,   // it said so, and the run ends
  done,
};

struct NodeStatus {
  NodeState state = NodeState::awaited;
  Round round = 0;        // the last one that it is known to have finished
  Round behind = 0;       // the quickest was so far ahead, at least, when the node last spoke
  bool returned = false;  // it was lost once, and is back or is to come back
};

class NodeWatch {
 public:
  virtual ~NodeWatch() = default;

  /// Fills in the status of each node, by node id.
  virtual void look(std::span<NodeStatus> nodes) const = 0;
};

}  // namespace hearsay
