#include "topology/graphs/edge_list.h"

#include <algorithm>

#include "topology/graphs/settings.h"

namespace hearsay {

Topology graph_of_edges(std::vector<Edge> edges, const Params& params, const std::string& key) {
  if (edges.empty() && !params.has("nodes"))
    throw ParamError(key, "there is no edge; a single node needs nodes: 1");
  std::size_t nodes = 0;
  for (const Edge& edge : edges) nodes = std::max<std::size_t>(nodes, std::max(edge.a, edge.b) + 1);
  if (params.has("nodes")) nodes = node_count(params);
  try {
    return Topology(nodes, std::move(edges));
  } catch (const ParamError& error) {
    throw ParamError(key, error.what());  // the user wrote the edges under this key
  }
}

}  // namespace hearsay
