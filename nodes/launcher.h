// The launcher: starts one process per node on this host, runs the collector beside them, and sees
// to it that everything ends: in order, or with a clear message, and never with an orphan.
//
// Children are forked after the data has been loaded, so they share it, and before any thread or
// ZeroMQ context exists. The kernel kills them when the launcher dies, however it dies.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nodes/addresses.h"
#include "nodes/experiment.h"
#include "nodes/persistence.h"
#include "nodes/run_observer.h"

namespace hearsay {

struct LaunchOptions {
  std::vector<NodeId> nodes;         // to start here; the others are started by hand
  std::filesystem::path log_folder;  // node-NNN.log of each node started here
  Persistence persistence = {};      // of the nodes started here
  /// Where the collector listens; empty: a socket file of its own, for nodes of this host only.
  std::string collector;
};

/// Runs the experiment to its end, or to an orderly stop on SIGINT or SIGTERM (a second one ends it
/// at once). Throws RunFailed or StoppedByUser. SIGINT, SIGTERM and SIGCHLD are blocked while it
/// runs.
void launch(const Experiment& experiment, const LaunchOptions& options, RunObserver& observer);

/// All nodes of the experiment.
std::vector<NodeId> all_nodes(const Experiment& experiment);

}  // namespace hearsay
