// What a node sends to its neighbours: at once, or as slowly as `faults` says
// (nodes/faults/shaper.h), by the steady clock.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "nodes/experiment.h"
#include "nodes/faults/alarm.h"
#include "nodes/faults/shaper.h"
#include "nodes/transport.h"

namespace hearsay {

class Outbound {
 public:
  using Clock = std::chrono::steady_clock;

  /// `transport` must outlive this.
  Outbound(const Experiment& experiment, NodeId self, Transport& transport);

  /// Sends what was computed since `began`, and empties the vector.
  void send(std::vector<Envelope>& envelopes, Clock::time_point began);

  /// The same with what was computed before.
  void send_again(const std::vector<Envelope>& envelopes);

  /// What has been held back for long enough; false when there was none.
  bool send_due();

  /// A straggler that only pretends to compute.
  bool busy() const;

  /// A file that becomes readable when there is something due, or the straggler is done; nothing
  /// without faults. For the next poll.
  std::optional<int> alarm();

  /// What is held back is of no use any more.
  void forget();

  /// Of the config; null when it has none.
  const FaultPlan* faults() const { return faults_ ? &*faults_ : nullptr; }
  std::optional<LinkCounts> counts() const;

 private:
  double seconds_at(Clock::time_point when) const {
    return std::chrono::duration<double>(when - born_).count();
  }

  NodeId self_;
  Transport& transport_;
  const Clock::time_point born_ = Clock::now();
  std::optional<FaultPlan> faults_;
  std::optional<Shaper> shaper_;  // these two with faults
  std::optional<Alarm> alarm_;
};

}  // namespace hearsay
