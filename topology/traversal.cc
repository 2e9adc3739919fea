#include "topology/traversal.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/biconnected_components.hpp>
#include <boost/graph/bipartite.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/connected_components.hpp>
#include <iterator>

namespace hearsay {

namespace {

using BoostGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;

BoostGraph to_boost(const Topology& graph) {
  BoostGraph result(graph.nodes());
  for (const Edge& edge : graph.edges()) boost::add_edge(edge.a, edge.b, result);
  return result;
}

struct Reach {
  NodeId last = 0;  // a node as far as any from the source
  std::size_t hops = 0;
};

/// Breadth-first searches over one graph. A search ends as soon as the whole component is found,
/// which on dense graphs is long before every edge has been looked at.
class Searcher {
 public:
  explicit Searcher(const Topology& graph)
      : graph_(to_boost(graph)),
        component_(component_labels(graph)),
        sizes_(graph.nodes(), 0),
        hops_(graph.nodes(), 0),
        colors_(graph.nodes()) {
    for (const std::size_t label : component_) ++sizes_[label];
  }

  Reach farthest(NodeId source) {
    search_ = {Reach{source, 0}, sizes_[component_[source]] - 1};
    hops_[source] = 0;
    if (search_.missing == 0) return search_.reach;
    const auto colors = boost::make_iterator_property_map(
        colors_.begin(), boost::get(boost::vertex_index, graph_), boost::default_color_type());
    try {
      boost::breadth_first_search(graph_, source,
                                  boost::visitor(Visitor(hops_, search_)).color_map(colors));
    } catch (const Complete&) {
      // Boost.Graph's way to end a search early.
    }
    return search_.reach;
  }

  /// From the source of the last search to a node of its component.
  std::size_t hops_to(NodeId node) const { return hops_[node]; }

 private:
  struct Complete {};

  struct Search {
    Reach reach;
    std::size_t missing = 0;  // nodes of the component that are not found yet
  };

  /// Boost.Graph copies its visitors, so that this one only points at what it fills in.
  struct Visitor : boost::default_bfs_visitor {
    Visitor(std::vector<std::size_t>& all_hops, Search& of_search)
        : hops(&all_hops), search(&of_search) {}

    void tree_edge(BoostGraph::edge_descriptor edge, const BoostGraph& graph) const {
      const auto found = boost::target(edge, graph);
      const std::size_t distance = (*hops)[boost::source(edge, graph)] + 1;
      (*hops)[found] = distance;
      search->reach = {static_cast<NodeId>(found), distance};
      if (--search->missing == 0) throw Complete{};
    }

    std::vector<std::size_t>* hops;
    Search* search;
  };

  BoostGraph graph_;
  std::vector<std::size_t> component_;
  std::vector<std::size_t> sizes_;
  std::vector<std::size_t> hops_;
  std::vector<boost::default_color_type> colors_;
  Search search_;
};

}  // namespace

std::vector<std::size_t> component_labels(const Topology& graph) {
  std::vector<std::size_t> labels(graph.nodes());
  const BoostGraph searched = to_boost(graph);
  boost::connected_components(
      searched, boost::make_iterator_property_map(
                    labels.begin(), boost::get(boost::vertex_index, searched), std::size_t{0}));
  return labels;
}

bool is_connected(const Topology& graph) {
  const auto labels = component_labels(graph);
  return !labels.empty() && *std::max_element(labels.begin(), labels.end()) == 0;
}

bool is_bipartite(const Topology& graph) {
  return boost::is_bipartite(to_boost(graph));
}

WeakPoints weak_points(const Topology& graph) {
  using Numbered =
      boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                            boost::property<boost::edge_index_t, std::size_t>>;
  const std::vector<Edge>& edges = graph.edges();
  Numbered searched(graph.nodes());
  for (std::size_t k = 0; k < edges.size(); ++k)
    boost::add_edge(edges[k].a, edges[k].b, k, searched);
  std::vector<std::size_t> block(edges.size());  // the biconnected component of each edge
  WeakPoints result;
  const auto found = boost::biconnected_components(
      searched,
      boost::make_iterator_property_map(block.begin(), boost::get(boost::edge_index, searched),
                                        std::size_t{0}),
      std::back_inserter(result.cut_nodes));
  std::sort(result.cut_nodes.begin(), result.cut_nodes.end());
  std::vector<std::size_t> sizes(found.first, 0);
  for (const std::size_t label : block) ++sizes[label];
  for (std::size_t k = 0; k < edges.size(); ++k)
    if (sizes[block[k]] == 1) result.bridges.push_back(edges[k]);
  return result;
}

Diameter diameter(const Topology& graph, std::size_t exact_up_to) {
  Diameter result;
  if (graph.nodes() == 0) return result;
  Searcher searcher(graph);
  result.exact = graph.nodes() <= exact_up_to;
  if (result.exact) {
    for (NodeId node = 0; node < graph.nodes(); ++node)
      result.hops = std::max(result.hops, searcher.farthest(node).hops);
    return result;
  }
  // A double sweep: the node farthest from anywhere tends to be an end of a longest path.
  constexpr std::size_t kSweeps = 8;
  for (std::size_t sweep = 0; sweep < kSweeps; ++sweep) {
    const auto start = static_cast<NodeId>(sweep * graph.nodes() / kSweeps);
    const Reach end = searcher.farthest(start);
    result.hops = std::max({result.hops, end.hops, searcher.farthest(end.last).hops});
  }
  return result;
}

std::vector<std::vector<std::uint32_t>> all_hops(const Topology& graph) {
  const auto labels = component_labels(graph);
  std::vector<std::vector<std::uint32_t>> hops(graph.nodes(),
                                               std::vector<std::uint32_t>(graph.nodes(), kNoPath));
  Searcher searcher(graph);
  for (NodeId from = 0; from < graph.nodes(); ++from) {
    searcher.farthest(from);
    for (NodeId to = 0; to < graph.nodes(); ++to)
      if (labels[from] == labels[to])
        hops[from][to] = static_cast<std::uint32_t>(searcher.hops_to(to));
  }
  return hops;
}

}  // namespace hearsay
