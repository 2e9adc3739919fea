#include "topology/topology.h"

#include <fmt/format.h>

#include <algorithm>

namespace hearsay {

Topology::Topology(std::size_t nodes, std::vector<Edge> edges)
    : edges_(std::move(edges)), neighbours_(nodes) {
  for (Edge& edge : edges_) {
    if (edge.a == edge.b)
      throw ParamError("edges", fmt::format("edge {}-{} is a self-loop", edge.a, edge.b));
    if (edge.a >= nodes || edge.b >= nodes)
      throw ParamError("edges", fmt::format("edge {}-{} names a node that is not there: the graph "
                                            "has {} nodes, numbered from 0",
                                            edge.a, edge.b, nodes));
    if (edge.b < edge.a) std::swap(edge.a, edge.b);
  }
  std::sort(edges_.begin(), edges_.end());
  const auto twin = std::adjacent_find(edges_.begin(), edges_.end());
  if (twin != edges_.end())
    throw ParamError("edges", fmt::format("edge {}-{} is repeated", twin->a, twin->b));

  // Two passes over the sorted edges leave every list ascending: first the lower neighbours of each
  // node, then the higher ones.
  for (const Edge& edge : edges_) neighbours_[edge.b].push_back(edge.a);
  for (const Edge& edge : edges_) neighbours_[edge.a].push_back(edge.b);
}

}  // namespace hearsay
