#include <algorithm>

#include "topology/report.h"
#include "topology/traversal.h"

namespace hearsay {

GraphFacts graph_facts(const Topology& graph) {
  GraphFacts facts;
  facts.nodes = graph.nodes();
  facts.edges = graph.edges().size();
  if (facts.nodes == 0) return facts;
  facts.min_degree = graph.degree(0);
  for (NodeId node = 0; node < graph.nodes(); ++node) {
    facts.min_degree = std::min(facts.min_degree, graph.degree(node));
    facts.max_degree = std::max(facts.max_degree, graph.degree(node));
  }
  facts.mean_degree = 2.0 * static_cast<double>(facts.edges) / static_cast<double>(facts.nodes);
  const auto labels = component_labels(graph);
  facts.components = *std::max_element(labels.begin(), labels.end()) + 1;
  const Diameter longest = diameter(graph);
  facts.diameter = longest.hops;
  facts.diameter_is_exact = longest.exact;
  facts.bipartite = is_bipartite(graph);
  return facts;
}

}  // namespace hearsay
