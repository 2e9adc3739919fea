// Makes the links of a real process as slow and unreliable as `faults` says, without root: holds
// back each frame until it would have arrived over such a link. Sans-IO; the node runner passes
// every frame that it sends through one, and hands over to the transport what is due.
//
// Links behave as in the simulator's time (nodes/faults/link_model.h, with the same draws): a lost
// frame is one that is due later, a duplicated one is handed out twice. Greetings and what goes to
// the collector are not shaped. Times are seconds of any clock that never runs backwards.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <vector>

#include "nodes/faults/plan.h"
#include "nodes/round_engine.h"

namespace hearsay {

class Shaper {
 public:
  /// `plan` must outlive the shaper.
  Shaper(const FaultPlan& plan, NodeId self) : plan_(plan), self_(self) {}

  /// The node has computed in that time. A straggler takes its factor times as long: what it has
  /// computed is there at busy_until(), and whoever drives it starts no round before.
  void computed(double began, double ended);
  double busy_until() const { return busy_until_; }

  /// Takes a frame to be sent, at time `now` or when the node is no longer busy.
  void send(Envelope envelope, double now);

  /// The next frame that is due at `now`, if any: those of a link in their order.
  std::optional<Envelope> take(double now);

  /// When there will be something to do: a frame is due, or the node is no longer busy. Nothing
  /// when neither will come. Of times after `now` alone, where all that is due has been taken.
  std::optional<double> next(double now) const;

  LinkCounts counts() const;

 private:
  struct Held {
    double due = 0.0;
    std::uint64_t number = 0;  // for frames that are due at the same time
    Envelope envelope;
    bool operator<(const Held& other) const {  // the largest is the first to go
      return due != other.due ? due > other.due : number > other.number;
    }
  };

  const FaultPlan& plan_;
  NodeId self_;
  double busy_until_ = 0.0;
  std::map<NodeId, LinkModel> links_;  // by receiver
  std::priority_queue<Held> held_;
  std::uint64_t taken_in_ = 0;
};

}  // namespace hearsay
