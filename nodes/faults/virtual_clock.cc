#include "nodes/faults/virtual_clock.h"

#include <algorithm>

namespace hearsay {

VirtualClock::VirtualClock(const FaultPlan& plan, std::size_t nodes, Round checkpoint_every)
    : plan_(plan), checkpoint_every_(checkpoint_every), clocks_(nodes, 0.0) {}

void VirtualClock::sent(const FrameHeader& header) {
  if (phases_.size() <= header.phase) phases_.resize(header.phase + std::size_t{1});
  phases_[header.phase].push_back({.from = header.from,
                                   .to = header.to,
                                   .sequence = header.sequence,
                                   .bytes = kHeaderBytes + header.payload_size});
}

LinkModel& VirtualClock::link(NodeId from, NodeId to) {
  const auto known = links_.find({from, to});
  if (known != links_.end()) return known->second;
  return links_.emplace(std::pair{from, to}, plan_.link(from, to)).first->second;
}

void VirtualClock::end_round(Round t, std::span<const double> compute) {
  for (const Crash& crash : plan_.crashes)
    if (crash.round == t) {
      const auto again = static_cast<double>((t - 1) % checkpoint_every_);
      clocks_[crash.node] +=
          crash.restart_after + again * compute[crash.node] * plan_.slowness[crash.node];
    }
  for (std::size_t node = 0; node < clocks_.size(); ++node)
    clocks_[node] += compute[node] * plan_.slowness[node];
  for (std::vector<Frame>& phase : phases_) {
    // A node consumes a phase no earlier than it has sent its own part of it.
    arrived_ = clocks_;
    for (const Frame& frame : phase) {
      const double arrival = link(frame.from, frame.to)
                                 .send(clocks_[frame.from], t, frame.sequence, frame.bytes)
                                 .arrives;
      arrived_[frame.to] = std::max(arrived_[frame.to], arrival);
    }
    clocks_.swap(arrived_);
    phase.clear();
  }
}

double VirtualClock::seconds() const {
  return *std::max_element(clocks_.begin(), clocks_.end());
}

LinkCounts VirtualClock::counts() const {
  LinkCounts sum;
  for (const auto& [ends, model] : links_) sum += model.counts();
  return sum;
}

}  // namespace hearsay
