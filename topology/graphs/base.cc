#include "topology/graphs/base.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "topology/graphs/settings.h"
#include "topology/mixing/weights.h"

namespace hearsay {

namespace {

using Nodes = std::span<const NodeId>;
using Rounds = std::vector<std::vector<Arc>>;  // one list of links a round

/// Links a and b both ways in round `t`, counted from 0.
void link(Rounds& rounds, std::size_t t, NodeId a, NodeId b, double weight) {
  if (rounds.size() <= t) rounds.resize(t + 1);
  rounds[t].push_back({a, b, weight});
  rounds[t].push_back({b, a, weight});
}

/// Plays `other` at the same time, from round `start` on.
void overlay(Rounds& rounds, std::size_t start, const Rounds& other) {
  if (rounds.size() < start + other.size()) rounds.resize(start + other.size());
  for (std::size_t t = 0; t < other.size(); ++t)
    rounds[start + t].insert(rounds[start + t].end(), other[t].begin(), other[t].end());
}

/// n as a product of the fewest factors that are at most `largest`; nothing when a prime factor is
/// larger. (n = 1: no factor.)
std::optional<std::vector<std::size_t>> fewest_factors(std::size_t n, std::size_t largest) {
  if (n == 1) return std::vector<std::size_t>{};
  std::optional<std::vector<std::size_t>> best;
  for (std::size_t factor = std::min(n, largest); factor >= 2; --factor) {
    if (n % factor != 0) continue;
    auto rest = fewest_factors(n / factor, factor);  // factors in descending order
    if (!rest || (best && rest->size() + 1 >= best->size())) continue;
    rest->insert(rest->begin(), factor);
    best = std::move(rest);
  }
  return best;
}

/// Algorithm 1, the k-peer hyper-hypercube H_k(V): one round a factor, in which the nodes that
/// differ in that digit of their mixed-radix number average among themselves. |V| must have the
/// factors.
Rounds hyper_hypercube(Nodes v, std::size_t k) {
  Rounds rounds;
  const auto factors = fewest_factors(v.size(), k + 1).value();
  std::size_t stride = 1;
  for (std::size_t l = 0; l < factors.size(); ++l) {
    const std::size_t radix = factors[l];
    for (std::size_t i = 0; i < v.size(); ++i)
      for (std::size_t digit = i / stride % radix + 1; digit < radix; ++digit)
        link(rounds, l, v[i], v[i + (digit - i / stride % radix) * stride],
             1.0 / static_cast<double>(radix));
    stride *= radix;
  }
  return rounds;
}

/// A group V_l of a_l subgroups of (k+1)^{p_l} nodes each.
struct Group {
  Nodes nodes;
  std::size_t subgroup_size = 1;
  Nodes subgroup(std::size_t a) const { return nodes.subspan(a * subgroup_size, subgroup_size); }
  std::size_t subgroups() const { return nodes.size() / subgroup_size; }
};

/// |V| = a_1 (k+1)^{p_1} + a_2 (k+1)^{p_2} + ..., p_1 > p_2 > ...: the digits of |V| in base k + 1.
std::vector<Group> groups_by_digits(Nodes v, std::size_t k) {
  std::size_t power = 1;
  while (power * (k + 1) <= v.size()) power *= k + 1;
  std::vector<Group> groups;
  for (std::size_t first = 0; first < v.size(); power /= k + 1) {
    const std::size_t size = (v.size() - first) / power * power;
    if (size > 0) groups.push_back({v.subspan(first, size), power});
    first += size;
  }
  return groups;
}

/// Algorithm 2, the simple base-(k+1) graph.
Rounds simple_base(Nodes v, std::size_t k) {
  if (fewest_factors(v.size(), k + 1)) return hyper_hypercube(v, k);
  const std::vector<Group> groups = groups_by_digits(v, k);

  // Every group averages within itself, all at the same time; the first one takes longest.
  Rounds rounds;
  for (const Group& group : groups) overlay(rounds, 0, hyper_hypercube(group.nodes, k));
  const std::size_t averaged = rounds.size();

  // Then group after group meets all later ones, T = V_{l+1} + V_{l+2} + ...: each node of T gives
  // to and takes from one node of every subgroup of V_l, with a weight after which the sums over T
  // and over each subgroup are what they will stay: their size times the mean. At once the
  // subgroups average within themselves again, while the next group meets the rest.
  std::size_t first = 0;
  for (std::size_t l = 0; l + 1 < groups.size(); ++l) {
    const Group& group = groups[l];
    const Nodes together = v.subspan(first);
    first += group.nodes.size();
    const Nodes later = v.subspan(first);
    const double weight =
        static_cast<double>(group.subgroup_size) / static_cast<double>(together.size());
    for (std::size_t a = 0; a < group.subgroups(); ++a) {
      for (std::size_t i = 0; i < later.size(); ++i)
        link(rounds, averaged + l, later[i], group.subgroup(a)[i], weight);
      overlay(rounds, averaged + l + 1, hyper_hypercube(group.subgroup(a), k));
    }
  }
  return rounds;
}

/// Algorithm 3, the base-(k+1) graph: n = p q with p the largest divisor whose prime factors are
/// all at most k + 1; p simple base graphs of q nodes side by side, then a hyper-hypercube across
/// them. Algorithm 2 where that is shorter.
Rounds shortest_base(Nodes v, std::size_t k) {
  std::size_t q = v.size();
  for (std::size_t factor = 2; factor <= k + 1; ++factor)
    while (q % factor == 0) q /= factor;
  const std::size_t p = v.size() / q;
  Rounds simple = simple_base(v, k);
  if (p == 1 || q == 1) return simple;

  Rounds split;
  for (std::size_t part = 0; part < p; ++part)
    overlay(split, 0, simple_base(v.subspan(part * q, q), k));
  const std::size_t within = split.size();
  for (std::size_t i = 0; i < q; ++i) {
    std::vector<NodeId> across;
    for (std::size_t part = 0; part < p; ++part) across.push_back(v[part * q + i]);
    overlay(split, within, hyper_hypercube(across, k));
  }
  return split.size() < simple.size() ? split : simple;
}

}  // namespace

MixingSequence base_graph(std::size_t nodes, std::size_t max_degree) {
  std::vector<NodeId> all(nodes);
  std::iota(all.begin(), all.end(), 0U);
  std::vector<MixingMatrix> matrices;
  for (const std::vector<Arc>& round : shortest_base(all, max_degree))
    matrices.push_back(matrix_of_arcs(nodes, round));
  if (matrices.empty()) return matrix_of_arcs(nodes, {});
  return MixingSequence(std::move(matrices));
}

namespace {

MixingSequence make(const Params& params, std::uint64_t /*seed*/) {
  return base_graph(node_count(params), static_cast<std::size_t>(params.integer("max_degree")));
}

}  // namespace

Part<MakeGraph> part_base_graph() {
  return {"base",
          "Base-(k+1): a few rounds of degree at most k = max_degree that average exactly "
          "(Takezawa et al. 2023)",
          {own_weights_param(),
           integer("max_degree", "k, the most neighbours that a node has in a round")
               .at_least(1)
               .at_most(100)
               .by_default(1)},
          make,
          "graph"};
}

}  // namespace hearsay
