#include <fmt/format.h>

#include <algorithm>

#include "topology/topology.h"
#include "topology/traversal.h"

// A new graph: a file pair in this folder, and its name in this list.
#define HEARSAY_GRAPHS(PART)       \
  PART(ring_graph)                 \
  PART(path_graph)                 \
  PART(star_graph)                 \
  PART(complete_graph)             \
  PART(torus_graph)                \
  PART(grid_graph)                 \
  PART(hypercube_graph)            \
  PART(exponential_graph)          \
  PART(binary_tree_graph)          \
  PART(random_regular_graph)       \
  PART(erdos_renyi_graph)          \
  PART(watts_strogatz_graph)       \
  PART(edges_graph)                \
  PART(file_graph)                 \
  PART(directed_ring_graph)        \
  PART(directed_exponential_graph) \
  PART(arcs_graph)                 \
  PART(one_peer_exponential_graph) \
  PART(base_graph)                 \
  PART(random_matching_graph)

namespace hearsay {

#define HEARSAY_DECLARE(name) Part<MakeGraph> part_##name();
HEARSAY_GRAPHS(HEARSAY_DECLARE)
#undef HEARSAY_DECLARE

const Registry<MakeGraph>& graphs() {
#define HEARSAY_ROW(name) part_##name(),
  static const Registry<MakeGraph> kRegistry("graph", {HEARSAY_GRAPHS(HEARSAY_ROW)});
#undef HEARSAY_ROW
  return kRegistry;
}

const Catalogue& graph_catalogue() {
  return graphs().catalogue();
}

namespace {

/// "node 4", "nodes 4, 5, 6", "nodes 1, 2, 3, 4, 5, 6, 7, 8 and 92 more".
std::string list_nodes(const std::vector<NodeId>& nodes) {
  constexpr std::size_t kShown = 8;
  const std::size_t shown = std::min(nodes.size(), kShown);
  const auto end = nodes.begin() + static_cast<std::ptrdiff_t>(shown);
  return fmt::format("node{} {}{}", nodes.size() == 1 ? "" : "s",
                     fmt::join(nodes.begin(), end, ", "),
                     nodes.size() > shown ? fmt::format(" and {} more", nodes.size() - shown) : "");
}

}  // namespace

Topology make_topology(const Params& params, std::uint64_t seed) {
  Topology graph = graphs().at(params.part()).make.fixed(params, seed);
  const auto labels = component_labels(graph);
  std::vector<NodeId> unreachable;
  for (NodeId node = 0; node < graph.nodes(); ++node)
    if (labels[node] != 0) unreachable.push_back(node);
  if (!unreachable.empty())
    throw ParamError(params.entries().front().key,
                     fmt::format("the graph is not connected: {} cannot be reached from node 0",
                                 list_nodes(unreachable)));
  return graph;
}

}  // namespace hearsay
