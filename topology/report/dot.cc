#include <fmt/format.h>

#include <iterator>
#include <set>
#include <utility>

#include "topology/report.h"

namespace hearsay {

namespace {

void add_directed(std::string& dot, const MixingSequence& mixing) {
  std::set<std::pair<NodeId, NodeId>> arcs;  // of all rounds
  for (Round t = 1; t <= mixing.period(); ++t)
    for (NodeId from = 0; from < mixing.nodes(); ++from)
      for (const NodeId to : mixing.receivers(t, from)) arcs.emplace(from, to);
  for (const auto& [from, to] : arcs)
    fmt::format_to(std::back_inserter(dot), "  {} -> {};\n", from, to);
}

/// With w_ij where there is one W.
void add_undirected(std::string& dot, const Topology& graph, const MixingSequence& mixing) {
  const bool weighted = mixing.nodes() > 0 && mixing.is_fixed();
  for (const Edge& edge : graph.edges()) {
    fmt::format_to(std::back_inserter(dot), "  {} -- {}", edge.a, edge.b);
    if (weighted)
      for (const MixingMatrix::Weight& weight : mixing.at(1).row(edge.a))
        if (weight.node == edge.b)
          fmt::format_to(std::back_inserter(dot), " [weight={0:.6g}, label=\"{0:.3g}\"]",
                         weight.value);
    dot += ";\n";
  }
}

}  // namespace

std::string graph_dot(const Topology& graph, const MixingSequence& mixing, const std::string& kind,
                      bool server) {
  const bool directed = mixing.nodes() > 0 && !mixing.is_symmetric();
  std::string dot = fmt::format("{} \"{}\" {{\n", directed ? "digraph" : "graph", kind);
  for (NodeId node = 0; node < graph.nodes(); ++node)
    fmt::format_to(std::back_inserter(dot), "  {}{};\n", node,
                   server && node == 0 ? " [label=\"server\", shape=box]" : "");
  if (directed)
    add_directed(dot, mixing);
  else
    add_undirected(dot, graph, mixing);
  return dot + "}\n";
}

}  // namespace hearsay
