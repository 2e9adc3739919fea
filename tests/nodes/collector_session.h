// A collector and real nodes that answer it, without a network between them.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/random.h"
#include "nodes/collector.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay::testing {

/// Where a node would listen.
std::string endpoint(NodeId id);

ControlMessage join(const Experiment& experiment, NodeId id);

/// A run with nothing between round 0 and the end: all nodes join, are evaluated and finish.
class Session {
 public:
  Session(const Experiment& experiment, std::uint64_t seed);

  /// Until nobody has anything to say, in one of the orders that a network allows.
  void run();

  Collector& collector() { return collector_; }
  std::size_t most_pulled() const { return most_pulled_; }
  const std::vector<ControlKind>& heard(NodeId id) const { return heard_.at(id); }

  /// Is called before each message of a node, and may say something else first.
  std::function<void(Session&)> interrupt = [](Session&) {};
  void tell(const ControlMessage& message);

  Recorder recorder;

 private:
  void say(NodeId id, ControlMessage message);
  void hear(const ControlMessage& message);
  void pull();

  const Experiment& experiment_;
  Cluster nodes_;
  Collector collector_;
  std::vector<std::deque<ControlMessage>> said_;
  std::map<NodeId, std::vector<ControlKind>> heard_;
  std::vector<Vector> gradients_;
  std::size_t pulled_ = 0;  // asked for and not yet handed over
  std::size_t most_pulled_ = 0;
  Stream order_;
  Workspace work_;
};

}  // namespace hearsay::testing
