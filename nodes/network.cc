#include "nodes/network.h"

#include <utility>

#include "topology/mixing/metropolis.h"
#include "topology/traversal.h"

namespace hearsay {

Network without(const Network& whole, std::vector<bool> lost) {
  std::vector<Edge> edges;
  for (const Edge& edge : whole.graph.edges())
    if (!lost[edge.a] && !lost[edge.b]) edges.push_back(edge);
  Network rest;
  rest.graph = Topology(whole.nodes(), std::move(edges));
  rest.server = whole.server;
  rest.lost = std::move(lost);
  if (!rest.server) rest.mixing = metropolis_weights(rest.graph);
  rest.spectrum = whole.spectrum;  // of the whole; what is left is looked at by nobody
  return rest;
}

std::vector<std::vector<NodeId>> components(const Network& network) {
  std::vector<std::vector<NodeId>> result;
  const std::vector<std::size_t> number = component_labels(network.graph);
  std::vector<std::size_t> place(network.nodes(), network.nodes());
  for (NodeId node = 0; node < network.nodes(); ++node) {
    if (!network.has(node)) continue;
    std::size_t& at = place[number[node]];
    if (at == network.nodes()) {
      at = result.size();
      result.emplace_back();
    }
    result[at].push_back(node);
  }
  return result;
}

}  // namespace hearsay
