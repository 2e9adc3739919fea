// One node as a process: drives a RoundEngine over ZeroMQ and answers the collector. One thread,
// besides the doorman's and libzmq's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nodes/addresses.h"
#include "nodes/experiment.h"
#include "nodes/persistence.h"

namespace hearsay {

struct NodeOptions {
  Listening listening;
  std::string collector;  // endpoint
  double start_deadline_seconds = 60.0;
  double round_deadline_seconds = 300.0;
  std::optional<std::uint64_t> max_payload;  // nothing: as much as the model can need
  double peer_timeout_seconds = 10.0;
  double return_deadline_seconds = 600.0;  // for a lost node to be back
  Persistence persistence = {};            // where the node's checkpoints are
  int stop_fd =
      -1;  // a signalfd: a signal asks for an orderly stop, a second one ends at once; -1: none
};

NodeOptions node_options(const Config& config, Listening listening, std::string collector);

/// Runs node `id`, from the round on that the collector names, to the end of the experiment, or to
/// an orderly stop, and returns true. When it cannot go on (a deadline, an address, a peer of
/// another experiment, divergence) it logs why, tells the collector, and returns false. Throws
/// StoppedByUser, and ConfigError for keys that cannot be used.
bool run_node(const Experiment& experiment, NodeId id, const NodeOptions& options);

}  // namespace hearsay
