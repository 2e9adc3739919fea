#include "topology/doctor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "topology/traversal.h"

namespace hearsay {

namespace {

using Severity = Finding::Severity;

/// "3-4", "3-4, 5-6", "3-4, 5-6, 7-8, 9-10 and 12 more".
std::string list(const std::vector<std::string>& items) {
  constexpr std::size_t kShown = 4;
  const std::size_t shown = std::min(items.size(), kShown);
  const auto end = items.begin() + static_cast<std::ptrdiff_t>(shown);
  return fmt::format("{}{}", fmt::join(items.begin(), end, ", "),
                     items.size() > shown ? fmt::format(" and {} more", items.size() - shown) : "");
}

bool goes_both_ways(const Patient& patient) {
  return patient.mixing.is_fixed() && patient.mixing.is_symmetric();
}

// --- What one failure breaks ---

std::optional<NodeId> centre_of_star(const Topology& graph) {
  for (NodeId node = 0; node < graph.nodes(); ++node)
    if (graph.degree(node) + 1 == graph.nodes()) return node;
  return std::nullopt;
}

void examine_edges(const Topology& graph, std::vector<Finding>& findings) {
  if (graph.nodes() <= 2) return;
  if (graph.edges().size() + 1 == graph.nodes()) {
    const auto centre = centre_of_star(graph);
    findings.push_back(
        {.text = centre ? fmt::format("a star: the loss of node {} splits all, and that of any "
                                      "edge cuts off a node",
                                      *centre)
                        : fmt::format("a tree: the loss of any of its {} edges splits it",
                                      graph.edges().size())});
    return;
  }
  const WeakPoints weak = weak_points(graph);
  std::vector<std::string> bridges;
  std::vector<bool> at_bridge(graph.nodes(), false);
  for (const Edge& edge : weak.bridges) {
    bridges.push_back(fmt::format("{}-{}", edge.a, edge.b));
    at_bridge[edge.a] = at_bridge[edge.b] = true;
  }
  if (!bridges.empty())
    findings.push_back(
        {.text = fmt::format("{}: the loss of {} splits the graph",
                             bridges.size() == 1 ? "a bridge" : "bridges",
                             bridges.size() == 1 ? bridges.front() : "any of " + list(bridges))});
  // The ends of bridges are cut nodes anyway.
  std::vector<std::string> cuts;
  for (const NodeId node : weak.cut_nodes)
    if (!at_bridge[node]) cuts.push_back(std::to_string(node));
  if (!cuts.empty())
    findings.push_back(
        {.text = cuts.size() == 1 ? fmt::format("the loss of node {} splits the graph", cuts[0])
                                  : fmt::format("the loss of any of the nodes {} splits the graph",
                                                list(cuts))});
}

using Lists = std::vector<std::vector<NodeId>>;

/// Whether word of node 0 reaches everyone along `next` without the link `from` -> `to`.
bool reaches_all(const Lists& next, NodeId from, NodeId to) {
  std::vector<bool> seen(next.size(), false);
  std::vector<NodeId> open = {0};
  std::size_t found = 1;
  seen[0] = true;
  while (!open.empty()) {
    const NodeId node = open.back();
    open.pop_back();
    for (const NodeId other : next[node])
      if (!seen[other] && (node != from || other != to)) {
        seen[other] = true;
        open.push_back(other);
        ++found;
      }
  }
  return found == next.size();
}

/// The links of all rounds of a period: those without which someone is not heard by someone.
void examine_links(const MixingSequence& mixing, std::vector<Finding>& findings) {
  constexpr std::size_t kMostLinks = 3000;  // a search each
  const std::size_t n = mixing.nodes();
  if (n <= 2) return;
  Lists out(n);
  for (Round t = 1; t <= mixing.period(); ++t)
    for (NodeId node = 0; node < n; ++node) {
      const auto& receivers = mixing.receivers(t, node);
      out[node].insert(out[node].end(), receivers.begin(), receivers.end());
    }
  Lists in(n);
  std::size_t links = 0;
  for (NodeId node = 0; node < n; ++node) {
    std::sort(out[node].begin(), out[node].end());
    out[node].erase(std::unique(out[node].begin(), out[node].end()), out[node].end());
    for (const NodeId other : out[node]) in[other].push_back(node);
    links += out[node].size();
  }
  if (links > kMostLinks) return;
  std::vector<std::string> needed;
  for (NodeId from = 0; from < n; ++from)
    for (const NodeId to : out[from])
      if (!reaches_all(out, from, to) || !reaches_all(in, to, from))
        needed.push_back(fmt::format("{}->{}", from, to));
  if (needed.empty()) return;
  findings.push_back(
      {.text = needed.size() == links
                   ? fmt::format("the loss of any of its {} links ends the exchange between some "
                                 "nodes",
                                 links)
                   : fmt::format("the loss of {}{} ends the exchange between some nodes",
                                 needed.size() == 1 ? "" : "any of ", list(needed))});
}

// --- How quickly it averages ---

void examine_speed(double rounds_to_shrink, Round rounds, std::vector<Finding>& findings) {
  constexpr double kShort = 100.0;  // so quick that a shorter run is a mere try
  constexpr double kLong = 1000.0;  // slow, however long the run is
  if (std::isinf(rounds_to_shrink)) {
    findings.push_back(
        {.text = "W does not average: an eigenvalue besides the first is 1 or -1; mixing: "
                 "lazy-metropolis or metropolis does"});
    return;
  }
  const bool outlasts = rounds_to_shrink > static_cast<double>(rounds);
  if (rounds_to_shrink <= kShort || (!outlasts && rounds_to_shrink <= kLong)) return;
  findings.push_back(
      {.text = fmt::format("it mixes slowly: full vectors take {:.0f} rounds to shrink the "
                           "consensus error by 1000{}; more edges help (torus, exponential)",
                           std::ceil(rounds_to_shrink),
                           outlasts ? fmt::format(", and the run has {}", rounds) : "")});
}

void examine_d2(const Spectrum& spectrum, std::vector<Finding>& findings) {
  constexpr double kRounding = 1e-9;  // of the eigenvalues
  if (spectrum.lambda_min > -1.0 / 3.0 + kRounding) return;
  findings.push_back({.severity = Severity::note,
                      .text = fmt::format("d2 needs lambda_n above -1/3, and this is {:.4g}; "
                                          "mixing: lazy-metropolis raises it",
                                          spectrum.lambda_min)});
}

/// Of a directed or time-varying graph.
void examine_sequence(const Patient& patient, std::vector<Finding>& findings) {
  constexpr std::size_t kMostNodes = 2000;  // for the power iteration
  const MixingSequence& mixing = patient.mixing;
  const std::size_t n = mixing.nodes();
  if (patient.kind == "random-matching" && n % 2 == 1)
    findings.push_back({.text = fmt::format("{} nodes cannot be paired off: in every round one of "
                                            "them talks to nobody",
                                            n)});
  if (n <= 1 || n > kMostNodes || !mixing.is_doubly_stochastic()) return;
  const double contraction = period_contraction(mixing);
  if (contraction == 0.0) return;
  if (patient.kind == "one-peer-exponential") {
    findings.push_back(
        {.text = fmt::format("one-peer-exponential averages exactly in a period only for 2, 4, 8, "
                             "... nodes: with {} a period leaves {:.2g} of the disagreement; base "
                             "averages exactly for any number",
                             n, contraction)});
    return;
  }
  const double per_round = std::log(contraction) / static_cast<double>(mixing.period());
  examine_speed(contraction >= 1.0 ? std::numeric_limits<double>::infinity()
                                   : -0.5 * std::log(1000.0) / per_round,
                patient.rounds, findings);
}

}  // namespace

std::vector<Finding> examine(const Patient& patient) {
  std::vector<Finding> findings;
  if (goes_both_ways(patient)) {
    examine_speed(patient.spectrum.rounds_to_shrink(1000.0), patient.rounds, findings);
    examine_edges(patient.graph, findings);
    examine_d2(patient.spectrum, findings);
  } else {
    examine_sequence(patient, findings);
    examine_links(patient.mixing, findings);
  }
  return findings;
}

}  // namespace hearsay
