// The time that a run would take on slow nodes and links, computed beside the simulator's schedule.
//
// Every node has a clock. In a round it first computes its gradients (a straggler longer), then
// goes through the phases of its algorithm:
//
//   sends     what the phase produces, at its clock's time; each frame over its own link
//             (nodes/faults/link_model.h)
//   consumes  when the last frame that it needs has arrived, and its clock is at that time
//
// Compressing, averaging and evaluating take no time. Since the trajectory does not depend on time,
// neither a queue of events nor another order of the simulator is needed: the frames of a round are
// noted down as they are sent, and timed when the round is over. O(1) a frame.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "nodes/faults/plan.h"
#include "nodes/round_engine.h"

namespace hearsay {

class VirtualClock {
 public:
  /// `plan` must outlive the clock. A node that has crashed starts again from what it had after the
  /// last round that `checkpoint_every` divides, and computes the gradients since then once more.
  VirtualClock(const FaultPlan& plan, std::size_t nodes, Round checkpoint_every = 1);

  /// A frame of the round that runs; those of one link in their order.
  void sent(const FrameHeader& header);

  /// All frames of round t have been sent. `compute`: seconds that each node takes for its
  /// gradients in it, were it no straggler.
  void end_round(Round t, std::span<const double> compute);

  /// All clocks are at that time: a run that goes on from a checkpoint.
  void begin_at(double seconds) { std::fill(clocks_.begin(), clocks_.end(), seconds); }

  double seconds(NodeId node) const { return clocks_[node]; }
  double seconds() const;  // of the node that is latest
  LinkCounts counts() const;

 private:
  struct Frame {
    NodeId from = 0;
    NodeId to = 0;
    std::uint64_t sequence = 0;
    std::size_t bytes = 0;
  };

  LinkModel& link(NodeId from, NodeId to);

  const FaultPlan& plan_;
  Round checkpoint_every_;
  std::vector<double> clocks_;                            // by node
  std::map<std::pair<NodeId, NodeId>, LinkModel> links_;  // those that were used
  std::vector<std::vector<Frame>> phases_;                // of the round that runs
  std::vector<double> arrived_;                           // scratch: by node, the last needed frame
};

}  // namespace hearsay
