// Where the nodes of a graph stand in its picture.
#pragma once

#include <string>
#include <vector>

#include "topology/topology.h"

namespace hearsay {

struct Point {
  double x = 0.0;
  double y = 0.0;  // downwards, as on a screen
};

struct Layout2d {
  std::vector<Point> points;  // in units in which neighbours are about 1 apart
  /// Edges that go round the back of a torus; ascending. They are drawn as stubs at both ends.
  std::vector<Edge> wrapped;
};

/// By the kind of graph where that has a natural form: lines, circles, lattices, layers of a tree,
/// the projection of a cube. Any other graph is laid out by forces, from a fixed start, so that the
/// same graph gives the same picture; above 2,000 nodes it stands on a circle, as forces take
/// minutes there and show nothing.
Layout2d layout(const Topology& graph, const std::string& kind);

}  // namespace hearsay
