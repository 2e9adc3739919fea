// Who watches a run: the results on disk, the progress on the terminal, a test. The simulator and
// the launcher report to the same interface, outside the algorithm's own traffic.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <vector>

#include "core/types.h"
#include "nodes/evaluation.h"
#include "nodes/frame.h"
#include "nodes/round_engine.h"

namespace hearsay {

struct Progress {
  Round round = 0;  // the slowest node's
  std::uint64_t wire_bytes = 0;
};

/// One evaluation, and what each node said in it (`results` has no entry for the server).
struct EvaluationReport {
  MetricsRow row;
  std::vector<NodeOffer> offers;                   // by node id
  std::vector<std::optional<NodeResult>> results;  // by node id
};

struct RunEnd {
  Round round = 0;                                // the last finished round
  bool interrupted = false;                       // stopped before the config's last round
  Vector model;                                   // x-bar after it
  Vector buffers;                                 // the mean of the nodes' buffers
  std::vector<std::vector<LinkTraffic>> traffic;  // by sender
  double wall_seconds = 0.0;           // from the first round to the end, evaluations included
  std::uint64_t diagnostic_bytes = 0;  // of evaluations and progress; 0 in the simulator
  /// Frames, control messages and connections that were refused, by the number of the reason.
  std::array<std::uint64_t, kRefusals> refused{};

  /// Adds what one process has counted; reasons that are none are left out.
  void add_refused(const std::vector<std::uint64_t>& counts) {
    for (std::size_t k = 0; k < std::min(counts.size(), refused.size()); ++k)
      refused[k] += counts[k];
  }
  std::uint64_t refused_total() const {
    return std::accumulate(refused.begin(), refused.end(), std::uint64_t{0});
  }
};

/// The run failed; the message names the node and what happened to it.
class RunFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The user ended the run without waiting for an orderly stop, or before its first round.
class StoppedByUser : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void on_progress(const Progress& progress) = 0;
  virtual void on_evaluation(const EvaluationReport& report) = 0;
  virtual void on_end(const RunEnd& end) = 0;
};

}  // namespace hearsay
