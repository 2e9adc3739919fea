// Who is connected to whom, with which weights, and whether node 0 is a server.
#pragma once

#include <vector>

#include "topology/mixing_sequence.h"
#include "topology/spectrum.h"
#include "topology/topology.h"

namespace hearsay {

struct Network {
  Topology graph;          // all links that are ever used
  MixingSequence mixing;   // empty on a star with a server, which takes a mean: W plays no role
  Spectrum spectrum;       // of W, where the graph is fixed and undirected
  bool server = false;     // star with a server: node 0 serves, nodes 1..n-1 are workers
  std::vector<bool> lost;  // by node: gone for now, without edges; empty: all are there

  bool has(NodeId node) const { return lost.empty() || !lost[node]; }
  std::size_t nodes() const { return graph.nodes(); }
  std::size_t mixing_period() const { return server ? 1 : mixing.period(); }
  /// One symmetric W for all rounds.
  bool has_fixed_w() const { return !server && mixing.is_fixed() && mixing.is_symmetric(); }
  const MixingMatrix& w() const { return mixing.at(1); }  // has_fixed_w() only
  /// Nodes with data: all of them, or the workers.
  std::size_t parts() const { return server ? nodes() - 1 : nodes(); }
  bool is_server(NodeId node) const { return server && node == 0; }
  /// The index i of the f_i that a node with data holds, and back.
  NodeId part_of(NodeId node) const { return server ? node - 1 : node; }
  NodeId holder_of(NodeId part) const { return server ? part + 1 : part; }
};

/// The network without some of its nodes: the edges among the others, with Metropolis weights by
/// the degrees that are left (symmetric and doubly stochastic, so that gossip keeps the mean), and
/// a server that averages the workers that are left. The network must have a fixed W or a server.
Network without(const Network& whole, std::vector<bool> lost);

/// The nodes that are there by connected component: one, unless what is left falls apart.
std::vector<std::vector<NodeId>> components(const Network& network);

}  // namespace hearsay
