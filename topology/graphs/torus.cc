#include "topology/graphs/torus.h"

#include <fmt/format.h>

#include "topology/graphs/lattice.h"

namespace hearsay {

Topology torus_graph(std::size_t rows, std::size_t columns) {
  if (rows < 2 || columns < 2)
    throw ParamError("nodes", fmt::format("a torus of {} x {} nodes has a side below 2; choose a "
                                          "number of nodes that is no prime, or a ring",
                                          rows, columns));
  std::vector<Edge> edges;
  const auto node = [&](std::size_t row, std::size_t column) {
    return static_cast<NodeId>(row % rows * columns + column % columns);
  };
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      // In a side of 2 the step onwards from the second node is the edge that the first has made.
      if (columns > 2 || column == 0) edges.push_back({node(row, column), node(row, column + 1)});
      if (rows > 2 || row == 0) edges.push_back({node(row, column), node(row + 1, column)});
    }
  }
  return Topology(rows * columns, std::move(edges));
}

namespace {

Topology make(const Params& params, std::uint64_t /*seed*/) {
  const Lattice sides = lattice_sides(params);
  return torus_graph(sides.rows, sides.columns);
}

}  // namespace

Part<MakeGraph> part_torus_graph() {
  return {"torus", "a rectangular lattice whose rows and columns close to rings", lattice_params(),
          make, "graph"};
}

}  // namespace hearsay
