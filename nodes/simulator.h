// The simulator: all nodes in one process, moving frames by pointer. It drives the same RoundEngine
// as real peers and counts the same bytes, so its metrics.csv is theirs but for the seconds. With
// `faults` in the config its seconds are virtual (nodes/faults/virtual_clock.h).
#pragma once

#include <atomic>

#include "nodes/experiment.h"
#include "nodes/persistence.h"
#include "nodes/run_observer.h"

namespace hearsay {

/// Runs the whole experiment on `threads` threads; the trajectory does not depend on their number.
/// Stops in order after the round in which `stop` becomes true. Throws RunFailed when a node
/// diverges, and CheckpointError when there is nothing to resume.
void simulate(const Experiment& experiment, std::size_t threads, const std::atomic<bool>& stop,
              RunObserver& observer, const Persistence& persistence = {});

}  // namespace hearsay
