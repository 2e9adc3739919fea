// The simulator's schedule of an asynchronous run, by events in virtual time.
//
// A node's round takes the time of its gradients: faults.compute (a straggler longer), or one
// second each where the config has no `faults`. Then its frames leave, over links as slow as
// `faults` says (nodes/faults/link_model.h), and the round ends with what has arrived by then, or,
// when a neighbour holds it up, with the frame that comes next. At the same time, computing is over
// before frames arrive, and frames arrive before rounds end; else what was there first is first. So
// the trajectory depends on the config alone (but for compute: measured), and not on the number of
// threads: all gradients that were begun and are not over are computed in parallel.
//
// A round of the run is as many rounds of the nodes as there are nodes, each made by whoever has
// time. An evaluation waits until all that was begun is over.
#pragma once

#include <atomic>

#include "nodes/experiment.h"
#include "nodes/run_observer.h"

namespace hearsay {

/// What simulate() does for asynchronous algorithms.
void simulate_asynchronously(const Experiment& experiment, std::size_t threads,
                             const std::atomic<bool>& stop, RunObserver& observer);

}  // namespace hearsay
