#include "nodes/stalls.h"

#include <fmt/format.h>

#include <algorithm>

namespace hearsay {

namespace {

/// An edge of the wait-for graph.
struct Wait {
  NodeId on = 0;
  double silent_seconds = 0.0;
};

std::vector<Wait> waits_of(const ControlMessage& stall) {
  const std::size_t count = stall.integers.size() / 2;
  std::vector<Wait> waits;
  for (std::size_t k = 0; k < count; ++k)
    waits.push_back({static_cast<NodeId>(stall.integers[k]),
                     static_cast<double>(stall.integers[count + k]) / 1000.0});
  return waits;
}

}  // namespace

bool Stalls::told_by(NodeId id) const {
  return std::any_of(told_.begin(), told_.end(),
                     [id](const ControlMessage& stall) { return stall.node == id; });
}

std::optional<NodeId> Stalls::root() const {
  for (const ControlMessage& stall : told_)
    for (const Wait& wait : waits_of(stall))
      if (!told_by(wait.on)) return wait.on;
  return std::nullopt;
}

std::string Stalls::report() const {
  const auto behind_it = root();
  std::string report;
  std::string graph;
  for (const ControlMessage& stall : told_) {
    for (const Wait& wait : waits_of(stall)) {
      graph += fmt::format("{}{} -> {} (round {}, silent for {:.1f} s)", graph.empty() ? "" : ", ",
                           stall.node, wait.on, stall.round, wait.silent_seconds);
      if (report.empty() && wait.on == behind_it)
        report =
            fmt::format("node {} holds up the run: node {} {}", wait.on, stall.node, stall.text);
    }
  }
  if (report.empty())
    report = fmt::format("nodes wait for each other: node {} {}", told_.front().node,
                         told_.front().text);
  return fmt::format("{}\nwho waits for whom: {}", report, graph);
}

}  // namespace hearsay
