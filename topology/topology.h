// Undirected communication graphs, as plain values. Boost.Graph stays inside the .cc files.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/params.h"
#include "core/registry.h"
#include "core/types.h"

namespace hearsay {

struct Edge {
  NodeId a = 0;  // a < b
  NodeId b = 0;
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

/// n nodes and a set of undirected edges; a regular type. Neighbours and edges are in ascending
/// order.
class Topology {
 public:
  Topology() = default;

  /// Throws ParamError (key "edges") for a self-loop, an edge to a node that is not there, or a
  /// repeated edge, each named: "edge 3-3 is a self-loop".
  Topology(std::size_t nodes, std::vector<Edge> edges);

  std::size_t nodes() const { return neighbours_.size(); }
  const std::vector<Edge>& edges() const { return edges_; }
  const std::vector<NodeId>& neighbours(NodeId node) const { return neighbours_[node]; }
  std::size_t degree(NodeId node) const { return neighbours_[node].size(); }

  friend bool operator==(const Topology&, const Topology&) = default;

 private:
  std::vector<Edge> edges_;
  std::vector<std::vector<NodeId>> neighbours_;
};

class MixingSequence;

/// Generators: the settings of `topology:` to a graph, or, for directed and time-varying graphs,
/// to the weights of every round (topology/mixing_sequence.h). `params` holds the graph's own
/// settings and `nodes` where the user gave it. Throws ParamError when the settings are impossible.
struct MakeGraph {
  using Fixed = Topology (*)(const Params& params, std::uint64_t seed);
  using Sequence = MixingSequence (*)(const Params& params, std::uint64_t seed);
  MakeGraph(Fixed make) : fixed(make) {}        // NOLINT: a part gives its function
  MakeGraph(Sequence make) : sequence(make) {}  // NOLINT
  Fixed fixed = nullptr;                        // one of the two
  Sequence sequence = nullptr;
};

const Registry<MakeGraph>& graphs();
const Catalogue& graph_catalogue();

/// Makes the fixed graph that `params` names in its first entry, and refuses one that is not
/// connected (ParamError; says which nodes cannot be reached from node 0).
Topology make_topology(const Params& params, std::uint64_t seed);

}  // namespace hearsay
