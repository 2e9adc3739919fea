// Who watches a run: the results on disk, the progress on the terminal, a test. The simulator and
// the launcher report to the same interface, outside the algorithm's own traffic.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/types.h"
#include "nodes/evaluation.h"
#include "nodes/faults/link_model.h"
#include "nodes/frame.h"
#include "nodes/layer_report.h"
#include "nodes/node_watch.h"
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
  std::vector<bool> lost;                          // by node id; empty: all nodes took part

  bool has(NodeId node) const { return lost.empty() || !lost[node]; }
};

/// The state that a run goes on from.
struct Restored {
  Round round = 0;                  // the last one that it has behind it
  std::vector<LayerCounts> layers;  // by node id, as told in the last evaluation before
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
  std::uint64_t resent_frames = 0;  // after a connection was lost, or on request
  std::uint64_t reconnections = 0;
  std::uint64_t recoveries = 0;  // how often the run went on from a checkpoint after a loss
  bool virtual_time = false;     // `seconds` are those of a VirtualClock
  std::optional<LinkCounts> link_faults;  // in all; when the config has faults
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
  /// Of real runs: all processes have been forked, so that threads may be started.
  virtual void on_started() {}
  virtual void on_progress(const Progress& progress) = 0;
  virtual void on_evaluation(const EvaluationReport& report) = 0;
  virtual void on_end(const RunEnd& end) = 0;

  /// The run goes on from there, after a restart or a loss; evaluations of later rounds will be
  /// reported again. Returns the last round whose evaluation stands, if there is one.
  virtual std::optional<Round> on_restore(const Restored& /*from*/) { return std::nullopt; }

  /// Time passes: several times a second in real processes, after every round in the simulator.
  /// `nodes` may be asked until on_end has returned or the run has thrown.
  virtual void on_tick(const NodeWatch& /*nodes*/) {}

  /// The run is about to fail: the last moment to look at the nodes.
  virtual void on_failing() {}

  /// Something a user should know of while the run goes on, in a line.
  virtual void on_warning(const std::string& /*text*/) {}
};

}  // namespace hearsay
