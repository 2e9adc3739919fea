#include "topology/graphs/lattice.h"

#include <fmt/format.h>

#include "topology/graphs/settings.h"

namespace hearsay {

namespace {

std::size_t other_side(std::size_t nodes, std::size_t side, const char* name) {
  if (nodes % side != 0)
    throw ParamError(name, fmt::format("{} nodes cannot be split into {} {}", nodes, side, name));
  return nodes / side;
}

Lattice most_nearly_square(std::size_t nodes) {
  std::size_t rows = 1;
  for (std::size_t side = 1; side * side <= nodes; ++side)
    if (nodes % side == 0) rows = side;
  return {rows, nodes / rows};
}

}  // namespace

std::vector<Param> lattice_params() {
  return {integer("rows", "rows of the lattice; by default the most nearly square sides")
              .at_least(1)
              .at_most(1e6),
          integer("columns", "columns of the lattice").at_least(1).at_most(1e6)};
}

Lattice lattice_sides(const Params& params) {
  const auto side = [&](const char* name) {
    return params.has(name) ? static_cast<std::size_t>(params.integer(name)) : 0;
  };
  const Lattice given{side("rows"), side("columns")};
  if (given.rows == 0 && given.columns == 0) {
    if (!params.has("nodes"))
      throw ParamError("nodes", "is required, unless rows and columns are given");
    return most_nearly_square(node_count(params));
  }
  if (given.rows > 0 && given.columns > 0) {
    if (params.has("nodes") && node_count(params) != given.rows * given.columns)
      throw ParamError("nodes", fmt::format("must be {} for {} rows and {} columns",
                                            given.rows * given.columns, given.rows, given.columns));
    return given;
  }
  if (given.columns == 0) return {given.rows, other_side(node_count(params), given.rows, "rows")};
  return {other_side(node_count(params), given.columns, "columns"), given.columns};
}

}  // namespace hearsay
