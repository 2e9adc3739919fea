#include "topology/graphs/erdos_renyi.h"

#include <fmt/format.h>

#include <cmath>

#include "topology/graphs/random.h"
#include "topology/graphs/settings.h"

namespace hearsay {

namespace {

Topology draw(std::size_t nodes, double probability, Stream& stream) {
  std::vector<Edge> edges;
  const double log_absent = std::log1p(-probability);  // -infinity for 1: no pair is skipped
  const auto pairs = static_cast<double>(nodes) * static_cast<double>(nodes);
  // Walks the pairs (a, b), a < b, by rows of b; the number of absent pairs before the next edge is
  // geometrically distributed.
  std::size_t b = 1;
  std::size_t a = 0;
  while (b < nodes) {
    const double skipped = std::floor(std::log1p(-stream.uniform()) / log_absent);
    if (skipped >= pairs) break;  // past the last pair, and maybe past every integer
    a += static_cast<std::size_t>(skipped);
    while (b < nodes && a >= b) a -= b++;
    if (b < nodes) edges.push_back({static_cast<NodeId>(a++), static_cast<NodeId>(b)});
    if (a == b) {
      a = 0;
      ++b;
    }
  }
  return Topology(nodes, std::move(edges));
}

}  // namespace

Topology erdos_renyi_graph(std::size_t nodes, double probability, std::uint64_t seed) {
  const double n = static_cast<double>(nodes);
  return first_connected([=](Stream& stream) { return draw(nodes, probability, stream); }, seed,
                         "probability",
                         fmt::format("raise it: {} nodes are likely to be connected above "
                                     "ln(n)/n = {:.2g}",
                                     nodes, std::log(n) / n));
}

namespace {

Topology make(const Params& params, std::uint64_t seed) {
  return erdos_renyi_graph(node_count(params), params.number("probability"), seed);
}

}  // namespace

Part<MakeGraph> part_erdos_renyi_graph() {
  return {"erdos-renyi",
          "random: every two nodes are joined with the same probability",
          {number("probability", "of an edge between two nodes").above(0).at_most(1).must()},
          make,
          "graph"};
}

}  // namespace hearsay
