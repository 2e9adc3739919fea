// When a runner saves its state, and what it starts from: the experiment's CheckpointPlan over a
// CheckpointFolder, for the simulator and for a node's process alike.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nodes/checkpoint.h"
#include "nodes/experiment.h"
#include "nodes/persistence.h"

namespace hearsay {

class CheckpointSaver {
 public:
  /// `warn` hears what goes wrong; a checkpoint that cannot be written does not end a run.
  CheckpointSaver(const Experiment& experiment, const Persistence& persistence, NodeId owner,
                  std::function<void(const std::string&)> warn);

  /// Are checkpoints made at all?
  bool on() const { return folder_ && plan_.on(); }

  /// The rounds that the run can go on from, the newest first. What is not sound is warned of.
  std::vector<Round> sound() const;

  /// The first of them. Throws CheckpointError when there is none, or when nothing is left to do.
  Round newest() const;

  /// Reads the state of round t into what is freshly made (0: leaves it), and forgets later ones.
  void restore(Round t, const VisitState& visit);

  /// After round t, by the number of the round or by the time since the last.
  void save_if_due(Round t, const VisitState& visit);

  /// After the last round that is run, so that a longer run can go on from it.
  void save_last(Round t, const VisitState& visit);

  /// Unless it was the last to be saved or restored.
  void save(Round t, const VisitState& visit);

 private:
  using Clock = std::chrono::steady_clock;

  const Experiment& experiment_;
  CheckpointPlan plan_;
  std::optional<CheckpointFolder> folder_;
  std::function<void(const std::string&)> warn_;
  Round saved_ = 0;  // the state before round 1 follows from the config
  Clock::time_point saved_at_ = Clock::now();
};

}  // namespace hearsay
