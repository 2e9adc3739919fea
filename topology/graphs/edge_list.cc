#include "topology/graphs/edge_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "topology/graphs/settings.h"

namespace hearsay {

std::vector<std::pair<NodeId, NodeId>> node_pairs(const Params& params, const std::string& key,
                                                  const std::string& form) {
  std::vector<std::pair<NodeId, NodeId>> pairs;
  for (const Value& item : params.list(key)) {
    const auto& ids = std::get<std::vector<Value>>(item.data);
    if (ids.size() != 2)
      throw ParamError(
          key, fmt::format("item {} has {} node ids; {}", pairs.size() + 1, ids.size(), form));
    pairs.emplace_back(static_cast<NodeId>(std::get<std::int64_t>(ids[0].data)),
                       static_cast<NodeId>(std::get<std::int64_t>(ids[1].data)));
  }
  return pairs;
}

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
