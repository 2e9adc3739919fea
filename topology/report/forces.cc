#include "topology/report/forces.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/random.h"
#include "topology/traversal.h"

namespace hearsay {

namespace {

/// A perfect circle may be a point of balance that no sweep leaves.
std::vector<Point> shaken_circle(std::size_t nodes) {
  Stream stream(StreamKey{.purpose = Purpose::graph});
  const double radius = std::sqrt(static_cast<double>(nodes));
  std::vector<Point> points(nodes);
  for (std::size_t i = 0; i < nodes; ++i) {
    const double angle =
        2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(nodes);
    points[i].x = radius * std::sin(angle) + 0.2 * (stream.uniform() - 0.5);
    points[i].y = -radius * std::cos(angle) + 0.2 * (stream.uniform() - 0.5);
  }
  return points;
}

/// Where the springs at `node` pull it: the minimum of the majorizing parabola.
Point pulled(NodeId node, const std::vector<Point>& points, const std::vector<std::uint32_t>& hops,
             double between_components) {
  const Point at = points[node];
  Point sum;
  double weights = 0.0;
  for (std::size_t other = 0; other < points.size(); ++other) {
    if (other == node) continue;
    const double length =
        hops[other] == kNoPath ? between_components : static_cast<double>(hops[other]);
    const double weight = 1.0 / (length * length);
    const double dx = at.x - points[other].x;
    const double dy = at.y - points[other].y;
    const double stretch = length / std::max(std::sqrt(dx * dx + dy * dy), 1e-9);
    sum.x += weight * (points[other].x + stretch * dx);
    sum.y += weight * (points[other].y + stretch * dy);
    weights += weight;
  }
  return {sum.x / weights, sum.y / weights};
}

}  // namespace

std::vector<Point> force_layout(const Topology& graph) {
  const std::size_t nodes = graph.nodes();
  if (nodes <= 1) return std::vector<Point>(nodes);
  const auto hops = all_hops(graph);
  const double between_components = 1.0 + std::sqrt(static_cast<double>(nodes));
  const std::size_t sweeps = std::clamp<std::size_t>(100'000'000 / (nodes * nodes), 25, 300);
  std::vector<Point> points = shaken_circle(nodes);
  for (std::size_t sweep = 0; sweep < sweeps; ++sweep)
    for (NodeId node = 0; node < nodes; ++node)
      points[node] = pulled(node, points, hops[node], between_components);
  return points;
}

}  // namespace hearsay
