// The section `faults` of a config: slow and lossy links, partitions, crashes and stragglers, for
// the simulator's time and for the links of real processes. See docs/faults.md.
//
// Nothing in it changes what is computed: a run has the same trajectory with and without, bit for
// bit, and takes another time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/params.h"
#include "nodes/config.h"
#include "nodes/faults/link_model.h"
#include "nodes/network.h"

namespace hearsay {

/// In each of the rounds from..to, frames between nodes of different groups wait for `seconds`.
struct Partition {
  Outage outage;
  std::vector<std::size_t> group;  // by node; those that no group names are one more

  bool separates(NodeId a, NodeId b) const { return group[a] != group[b]; }
};

/// The node dies when it is about to start the round, and is back so many seconds later.
struct Crash {
  NodeId node = 0;
  Round round = 0;
  double restart_after = 0.0;
};

struct FaultPlan {
  std::uint64_t seed = 0;
  /// Seconds of one gradient in the simulator's time; none: as long as the simulator took.
  std::optional<double> compute = 0.0;
  std::vector<double> slowness;  // by node: how many times longer it computes; 1 as a rule
  LinkSettings links;            // those without settings of their own
  std::map<std::pair<NodeId, NodeId>, LinkSettings> edges;  // by sender and receiver
  std::vector<Partition> partitions;
  std::vector<Crash> crashes;  // one a node at most

  const LinkSettings& settings(NodeId from, NodeId to) const;
  LinkModel link(NodeId from, NodeId to) const;
  std::optional<Crash> crash_of(NodeId node) const;
};

/// What the section may hold.
Param fault_section();

/// That of a config; nothing where it has no section `faults`. Throws ConfigError for what does not
/// fit the network: nodes and edges that are not there, nodes in two groups, groups that no edge
/// joins.
std::optional<FaultPlan> fault_plan(const Config& config, const Network& network);

/// What of it has no effect in a run of so many rounds, a line each.
std::vector<std::string> without_effect(const FaultPlan& plan, Round rounds);

}  // namespace hearsay
