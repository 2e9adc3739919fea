#include "topology/graphs/watts_strogatz.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "topology/graphs/random.h"
#include "topology/graphs/settings.h"

namespace hearsay {

namespace {

Edge edge_of(std::size_t a, std::size_t b) {
  return {static_cast<NodeId>(std::min(a, b)), static_cast<NodeId>(std::max(a, b))};
}

Topology draw(std::size_t nodes, std::size_t degree, double rewire, Stream& stream) {
  std::set<Edge> edges;
  std::vector<std::size_t> degrees(nodes, degree);
  for (std::size_t node = 0; node < nodes; ++node)
    for (std::size_t hop = 1; hop <= degree / 2; ++hop)
      edges.insert(edge_of(node, (node + hop) % nodes));
  for (std::size_t hop = 1; hop <= degree / 2; ++hop) {
    for (std::size_t node = 0; node < nodes; ++node) {
      if (stream.uniform() >= rewire) continue;
      if (degrees[node] + 1 == nodes) continue;  // joined to all: there is nowhere to move to
      const std::size_t before = (node + hop) % nodes;
      std::size_t after = 0;
      do {
        after = stream.below(nodes);
      } while (after == node || edges.contains(edge_of(node, after)));
      edges.erase(edge_of(node, before));
      edges.insert(edge_of(node, after));
      --degrees[before];
      ++degrees[after];
    }
  }
  return Topology(nodes, {edges.begin(), edges.end()});
}

}  // namespace

Topology watts_strogatz_graph(std::size_t nodes, std::size_t degree, double rewire,
                              std::uint64_t seed) {
  if (degree % 2 != 0)
    throw ParamError("degree",
                     fmt::format("must be even, half of it on either side, not {}", degree));
  if (degree >= nodes)
    throw ParamError("degree",
                     fmt::format("must be below the number of nodes: {} >= {}", degree, nodes));
  return first_connected([=](Stream& stream) { return draw(nodes, degree, rewire, stream); }, seed,
                         "degree", "raise it, or rewire less");
}

namespace {

Topology make(const Params& params, std::uint64_t seed) {
  return watts_strogatz_graph(node_count(params),
                              static_cast<std::size_t>(params.integer("degree")),
                              params.number("rewire"), seed);
}

}  // namespace

Part<MakeGraph> part_watts_strogatz_graph() {
  return {
      "watts-strogatz",
      "random small world: a ring with short links, some of them rewired (Watts, Strogatz 1998)",
      {integer("degree", "neighbours of a node on average; even").at_least(2).by_default(4),
       number("rewire", "probability that an edge is rewired")
           .at_least(0)
           .at_most(1)
           .by_default(0.1)},
      make,
      "graph"};
}

}  // namespace hearsay
