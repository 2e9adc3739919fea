#include "topology/graphs/grid.h"

#include "topology/graphs/lattice.h"

namespace hearsay {

Topology grid_graph(std::size_t rows, std::size_t columns) {
  std::vector<Edge> edges;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      const auto node = static_cast<NodeId>(row * columns + column);
      if (column + 1 < columns) edges.push_back({node, node + 1});
      if (row + 1 < rows) edges.push_back({node, static_cast<NodeId>(node + columns)});
    }
  }
  return Topology(rows * columns, std::move(edges));
}

namespace {

Topology make(const Params& params, std::uint64_t /*seed*/) {
  const Lattice sides = lattice_sides(params);
  return grid_graph(sides.rows, sides.columns);
}

}  // namespace

Part<MakeGraph> part_grid_graph() {
  return {"grid", "a rectangular lattice", lattice_params(), make, "graph"};
}

}  // namespace hearsay
