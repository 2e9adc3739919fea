#include "topology/graphs/random_regular.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "topology/graphs/random.h"
#include "topology/graphs/settings.h"

namespace hearsay {

namespace {

Edge edge_of(NodeId a, NodeId b) {
  return {std::min(a, b), std::max(a, b)};
}

std::optional<std::set<Edge>> draw_edges(std::size_t nodes, std::size_t degree, Stream& stream) {
  std::vector<NodeId> stubs;
  for (std::size_t stub = 0; stub < nodes * degree; ++stub)
    stubs.push_back(static_cast<NodeId>(stub / degree));
  shuffle(stubs, stream);

  std::set<Edge> edges;
  std::vector<Edge> placed;
  std::vector<Edge> loose;  // pairs of stubs that make a self-loop or repeat an edge
  for (std::size_t stub = 0; stub < stubs.size(); stub += 2) {
    const Edge edge = edge_of(stubs[stub], stubs[stub + 1]);
    const bool fits = edge.a != edge.b && edges.insert(edge).second;
    (fits ? placed : loose).push_back(edge);
  }

  const auto is_new = [&](Edge edge) { return edge.a != edge.b && !edges.contains(edge); };
  std::size_t tries = 100 * (loose.size() + 1);
  while (!loose.empty() && !placed.empty() && tries-- > 0) {
    // A loose pair u-v and an edge x-y, drawn with its direction, become u-x and v-y.
    const Edge pair = loose.back();
    Edge& other = placed[stream.below(placed.size())];
    const bool turned = stream.below(2) == 1;
    const Edge first = edge_of(pair.a, turned ? other.b : other.a);
    const Edge second = edge_of(pair.b, turned ? other.a : other.b);
    if (!is_new(first) || !is_new(second) || first == second) continue;
    edges.erase(other);
    edges.insert({first, second});
    other = first;
    placed.push_back(second);
    loose.pop_back();
  }
  if (!loose.empty()) return std::nullopt;
  return edges;
}

std::optional<Topology> draw(std::size_t nodes, std::size_t degree, Stream& stream) {
  // A dense regular graph is drawn as what a sparse one leaves over, where pairings nearly fit.
  const bool dense = 2 * degree > nodes - 1;
  const auto drawn = draw_edges(nodes, dense ? nodes - 1 - degree : degree, stream);
  if (!drawn) return std::nullopt;
  if (!dense) return Topology(nodes, {drawn->begin(), drawn->end()});
  std::vector<Edge> left;
  for (NodeId a = 0; a < nodes; ++a)
    for (NodeId b = a + 1; b < nodes; ++b)
      if (!drawn->contains({a, b})) left.push_back({a, b});
  return Topology(nodes, std::move(left));
}

}  // namespace

Topology random_regular_graph(std::size_t nodes, std::size_t degree, std::uint64_t seed) {
  if (degree >= nodes)
    throw ParamError("degree",
                     fmt::format("must be below the number of nodes: {} >= {}", degree, nodes));
  if (nodes * degree % 2 != 0)
    throw ParamError("degree", fmt::format("nodes * degree must be even, as every edge has two "
                                           "ends: {} * {} is odd",
                                           nodes, degree));
  return first_connected([=](Stream& stream) { return draw(nodes, degree, stream); }, seed,
                         "degree", "raise it: from degree 3 on nearly all of them are");
}

namespace {

Topology make(const Params& params, std::uint64_t seed) {
  return random_regular_graph(node_count(params),
                              static_cast<std::size_t>(params.integer("degree")), seed);
}

}  // namespace

Part<MakeGraph> part_random_regular_graph() {
  return {"random-regular",
          "random: every node has the same number of neighbours",
          {integer("degree", "neighbours of every node").at_least(1).must()},
          make,
          "graph"};
}

}  // namespace hearsay
