// What `hearsay topology` says of a graph, and its picture.
#pragma once

#include <cstddef>
#include <string>

#include "topology/mixing_sequence.h"
#include "topology/spectrum.h"
#include "topology/topology.h"

namespace hearsay {

struct GraphFacts {
  std::size_t nodes = 0;
  std::size_t edges = 0;
  std::size_t min_degree = 0;
  std::size_t max_degree = 0;
  double mean_degree = 0.0;
  std::size_t components = 0;
  std::size_t diameter = 0;  // exact up to 5,000 nodes; above that a lower bound by double sweeps
  bool diameter_is_exact = true;
  bool bipartite = false;
};

GraphFacts graph_facts(const Topology& graph);

/// A self-contained SVG picture: nodes with their ids, edges. Layout by the kind of graph where one
/// is natural (circle for rings, lattice for grids and tori, layers for trees, ...), else
/// force-directed. `server` draws node 0 as the server of a star. `addressable`: every node has a
/// data-node="3" and every edge is a path of its own with data-edge="3-7" (the lower id first), for
/// the scripts of a page.
std::string graph_svg(const Topology& graph, const std::string& kind, bool server,
                      bool addressable = false);

/// For Graphviz: undirected, with the weights of W where there is one; directed, with the arcs of
/// all rounds, where W is not symmetric.
std::string graph_dot(const Topology& graph, const MixingSequence& mixing, const std::string& kind,
                      bool server);

/// topology.json of a run: nodes, edges, weights (of each round of a period, where they change),
/// spectrum.
std::string topology_json(const Topology& graph, const MixingSequence& mixing,
                          const Spectrum& spectrum, const std::string& kind, bool server);

}  // namespace hearsay
