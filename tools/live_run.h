// Gathers what a run tells of itself into the state that the live view shows. Without a clock:
// times come from outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "nodes/run_observer.h"
#include "tools/live_view.h"

namespace hearsay {

class LiveRun {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `lockstep`: all nodes are in the same round when it is over.
  LiveRun(std::string name, Round rounds, std::size_t nodes, bool lockstep, Time now);

  void on_progress(const Progress& progress);
  void on_evaluation(const MetricsRow& row, Time now);
  /// The run goes on behind that round, with the evaluations that are left of those before.
  void on_restore(Round round, const std::vector<MetricsRow>& rows, Time now);
  void on_end(Round round);

  /// Looks at the nodes.
  void look(const NodeWatch& nodes, Time now);

  /// As it is now: call it several times a second, for the rates.
  const LiveState& at(Time now);

 private:
  struct Sample {
    Time time;
    Round round;
    std::uint64_t wire_bytes;
  };
  struct LastStep {
    Round round = 0;
    Time time;
  };

  void begin_at(Time now);
  void add(const MetricsRow& row);
  void tell_rates(Time now);

  bool lockstep_;
  LiveState state_;
  Time start_;
  bool begun_ = false;
  bool ended_ = false;
  std::deque<Sample> samples_;   // of the last seconds
  std::vector<LastStep> steps_;  // by node
};

}  // namespace hearsay
