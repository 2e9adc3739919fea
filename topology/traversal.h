// What breadth- and depth-first searches tell of a graph (Boost.Graph).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "topology/topology.h"

namespace hearsay {

/// The connected component of each node; components are numbered from 0 in the order of their
/// lowest nodes, so node 0 is in component 0. O(nodes + edges).
std::vector<std::size_t> component_labels(const Topology& graph);

/// True for a graph of one component; a graph without nodes has none.
bool is_connected(const Topology& graph);

/// True when the nodes fall into two classes with edges only between them (no odd cycle).
bool is_bipartite(const Topology& graph);

/// What holds a graph together: edges and nodes whose loss leaves their component in pieces, in
/// ascending order.
struct WeakPoints {
  std::vector<Edge> bridges;
  std::vector<NodeId> cut_nodes;
};

/// O(nodes + edges).
WeakPoints weak_points(const Topology& graph);

struct Diameter {
  std::size_t hops = 0;
  bool exact = true;
};

/// The most hops between two nodes of the same component. Up to `exact_up_to` nodes by a search
/// from every node, O(nodes * edges) at worst; above that the longest of a few double sweeps, which
/// is a lower bound.
Diameter diameter(const Topology& graph, std::size_t exact_up_to = 5000);

inline constexpr std::uint32_t kNoPath = std::numeric_limits<std::uint32_t>::max();

/// The hops between every two nodes, by rows; kNoPath between components. nodes^2 numbers, O(nodes
/// * edges).
std::vector<std::vector<std::uint32_t>> all_hops(const Topology& graph);

}  // namespace hearsay
