#include "topology/report/layout.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <optional>

#include "topology/graphs/grid.h"
#include "topology/graphs/torus.h"
#include "topology/report/forces.h"

namespace hearsay {

namespace {

double real(std::size_t count) {
  return static_cast<double>(count);
}

/// A point on a circle, clockwise from the top; `share` of the way round.
Point on_circle(double radius, double share) {
  const double angle = 2.0 * std::numbers::pi * share;
  return {radius * std::sin(angle), -radius * std::cos(angle)};
}

std::vector<Point> circle(std::size_t nodes) {
  std::vector<Point> points;
  const double radius = nodes > 1 ? 0.5 / std::sin(std::numbers::pi / real(nodes)) : 0.0;
  for (std::size_t i = 0; i < nodes; ++i)
    points.push_back(on_circle(radius, real(i) / real(nodes)));
  return points;
}

/// The centre, and the others on a circle wide enough for them.
std::vector<Point> star(std::size_t nodes) {
  std::vector<Point> points{{0.0, 0.0}};
  const double leaves = real(nodes - 1);
  const double radius = std::max(1.5, 0.5 / std::sin(std::numbers::pi / std::max(leaves, 2.0)));
  for (std::size_t i = 1; i < nodes; ++i) points.push_back(on_circle(radius, real(i - 1) / leaves));
  return points;
}

/// One line; a long path winds to and fro.
std::vector<Point> path(std::size_t nodes) {
  constexpr std::size_t kOneLine = 16;
  const auto columns = nodes <= kOneLine
                           ? kOneLine
                           : static_cast<std::size_t>(std::ceil(std::sqrt(2.0 * real(nodes))));
  std::vector<Point> points;
  for (std::size_t i = 0; i < nodes; ++i) {
    const std::size_t row = i / columns;
    const std::size_t step = i % columns;
    points.push_back({real(row % 2 == 0 ? step : columns - 1 - step), real(row)});
  }
  return points;
}

std::vector<Point> lattice(std::size_t rows, std::size_t columns) {
  std::vector<Point> points;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      points.push_back({real(column), real(row)});
  return points;
}

/// The number of columns, which is not kept in the graph: the one whose lattice is this graph.
std::optional<std::size_t> columns_of(const Topology& graph, const std::string& kind) {
  const bool torus = kind == "torus";
  const std::size_t nodes = graph.nodes();
  const std::size_t least = torus ? 2 : 1;
  for (std::size_t rows = least; rows * least <= nodes; ++rows) {
    if (nodes % rows != 0) continue;
    const std::size_t columns = nodes / rows;
    if ((torus ? torus_graph(rows, columns) : grid_graph(rows, columns)) == graph) return columns;
  }
  return std::nullopt;
}

std::vector<Edge> wrapped_edges(const Topology& graph, const std::vector<Point>& points) {
  std::vector<Edge> wrapped;
  for (const Edge& edge : graph.edges()) {
    const Point& a = points[edge.a];
    const Point& b = points[edge.b];
    if (std::abs(a.x - b.x) + std::abs(a.y - b.y) > 1.5) wrapped.push_back(edge);
  }
  return wrapped;
}

/// Layers from the top down; a large tree grows from the centre outwards instead.
std::vector<Point> tree(std::size_t nodes) {
  constexpr unsigned kMostFlatLayers = 6;
  const auto layers = static_cast<unsigned>(std::bit_width(nodes));
  std::vector<Point> points;
  for (std::size_t i = 0; i < nodes; ++i) {
    const auto layer = static_cast<unsigned>(std::bit_width(i + 1)) - 1;
    const double width = std::ldexp(1.0, static_cast<int>(layer));
    const double share = (real(i + 1) - width + 0.5) / width;
    if (layers <= kMostFlatLayers)
      points.push_back({share * std::ldexp(1.0, static_cast<int>(layers) - 1), 1.5 * layer});
    else
      points.push_back(on_circle(2.0 * layer * (1.0 + 0.12 * layer), share));
  }
  return points;
}

/// Every bit has a direction. Up to five bits: a cube seen from the side, then copies of it to the
/// right and below, askew so that no edge passes through a node. Above: directions all around, much
/// like the projection along a Petrie polygon, of different lengths to keep nodes apart.
std::vector<Point> hypercube(std::size_t nodes) {
  constexpr Point kFew[5] = {{2.0, 0.0}, {0.0, 2.0}, {0.84, 0.72}, {4.2, -1.0}, {-1.0, 4.2}};
  const auto bits = static_cast<std::size_t>(std::bit_width(nodes)) - 1;
  std::vector<Point> points(nodes);
  for (std::size_t i = 0; i < nodes; ++i) {
    for (std::size_t bit = 0; bit < bits; ++bit) {
      if ((i >> bit & 1U) == 0) continue;
      const double length = 4.0 + real(bit) * 0.618;
      const double angle = std::numbers::pi * real(bit) / real(bits);
      const Point step =
          bits <= 5 ? kFew[bit] : Point{length * std::cos(angle), length * std::sin(angle)};
      points[i].x += step.x;
      points[i].y += step.y;
    }
  }
  return points;
}

}  // namespace

Layout2d layout(const Topology& graph, const std::string& kind) {
  constexpr std::size_t kMostForced = 2000;
  const std::size_t nodes = graph.nodes();
  if (nodes <= 1) return {std::vector<Point>(nodes), {}};
  if (kind == "path") return {path(nodes), {}};
  if (kind == "star") return {star(nodes), {}};
  if (kind == "binary-tree") return {tree(nodes), {}};
  if (kind == "hypercube") return {hypercube(nodes), {}};
  if (kind == "grid" || kind == "torus") {
    if (const auto columns = columns_of(graph, kind)) {
      Layout2d result{lattice(nodes / *columns, *columns), {}};
      result.wrapped = wrapped_edges(graph, result.points);
      return result;
    }
  }
  const bool round = kind == "ring" || kind == "complete" || kind == "exponential" ||
                     kind == "watts-strogatz" || nodes > kMostForced;
  return {round ? circle(nodes) : force_layout(graph), {}};
}

}  // namespace hearsay
