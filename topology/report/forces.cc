#include "topology/report/forces.h"

// g++ 12 suspects Boost's shortest paths of reading an iterator before it is set; it is not.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/fruchterman_reingold.hpp>
#include <boost/graph/kamada_kawai_spring_layout.hpp>
#include <boost/graph/topology.hpp>
#include <boost/random/linear_congruential.hpp>
#include <cmath>
#include <numbers>

#include "topology/traversal.h"

namespace hearsay {

namespace {

using Space = boost::rectangle_topology<boost::minstd_rand>;
using Position = Space::point_type;
using BoostGraph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                          boost::property<boost::edge_weight_t, double>>;

BoostGraph to_boost(const Topology& graph) {
  BoostGraph result(graph.nodes());
  for (const Edge& edge : graph.edges()) boost::add_edge(edge.a, edge.b, 1.0, result);
  return result;
}

std::vector<Position> circle(std::size_t nodes, double radius) {
  std::vector<Position> positions(nodes);
  for (std::size_t i = 0; i < nodes; ++i) {
    const double angle =
        2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(nodes);
    positions[i][0] = radius * std::cos(angle);
    positions[i][1] = radius * std::sin(angle);
  }
  return positions;
}

}  // namespace

std::vector<Point> force_layout(const Topology& graph) {
  constexpr std::size_t kSprings = 150;
  if (graph.nodes() <= 1) return std::vector<Point>(graph.nodes());
  const BoostGraph forced = to_boost(graph);
  const double half = 0.5 * std::sqrt(static_cast<double>(graph.nodes()));
  boost::minstd_rand generator;  // the spaces want one; no random point is asked for
  const Space space(generator, -half, -half, half, half);
  std::vector<Position> positions = circle(graph.nodes(), 0.8 * half);
  const auto places = boost::make_iterator_property_map(
      positions.begin(), boost::get(boost::vertex_index, forced), Position());
  const bool sprung =
      graph.nodes() <= kSprings && is_connected(graph) &&
      boost::kamada_kawai_spring_layout(forced, places, boost::get(boost::edge_weight, forced),
                                        space, boost::side_length(2.0 * half));
  if (!sprung)
    boost::fruchterman_reingold_force_directed_layout(
        forced, places, space, boost::cooling(boost::linear_cooling<double>(200)));
  std::vector<Point> points;
  for (const Position& position : positions) points.push_back({position[0], position[1]});
  return points;
}

}  // namespace hearsay
