#include "nodes/faults/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hearsay {

const LinkSettings& FaultPlan::settings(NodeId from, NodeId to) const {
  const auto own = edges.find({from, to});
  return own == edges.end() ? links : own->second;
}

LinkModel FaultPlan::link(NodeId from, NodeId to) const {
  std::vector<Outage> outages;
  for (const Partition& partition : partitions)
    if (partition.separates(from, to)) outages.push_back(partition.outage);
  return {from, to, seed, settings(from, to), std::move(outages)};
}

std::optional<Crash> FaultPlan::crash_of(NodeId node) const {
  const auto found = std::find_if(crashes.begin(), crashes.end(),
                                  [node](const Crash& crash) { return crash.node == node; });
  return found == crashes.end() ? std::nullopt : std::optional(*found);
}

std::vector<std::string> without_effect(const FaultPlan& plan, Round rounds) {
  std::vector<std::string> lines;
  for (const Partition& partition : plan.partitions)
    if (partition.outage.from > rounds)
      lines.push_back(
          fmt::format("faults.partitions: one begins with round {}, and the run ends with round {}",
                      partition.outage.from, rounds));
  for (const Crash& crash : plan.crashes)
    if (crash.round > rounds)
      lines.push_back(
          fmt::format("faults.crashes: node {} is to crash before round {}, and the run "
                      "ends with round {}",
                      crash.node, crash.round, rounds));
  const bool has_stragglers = std::any_of(plan.slowness.begin(), plan.slowness.end(),
                                          [](double factor) { return factor > 1.0; });
  if (has_stragglers && plan.compute == 0.0)
    lines.emplace_back(
        "faults.stragglers: in the simulator's time computing costs nothing, with any factor "
        "(faults.compute says what a gradient takes)");
  return lines;
}

}  // namespace hearsay
