// The torus: a grid whose rows and columns close to rings.
#pragma once

#include <cstddef>

#include "topology/topology.h"

namespace hearsay {

/// Node (r, c) is r * columns + c. A side of 2 has one edge between its two nodes, not two; both
/// sides are at least 2 (ParamError("nodes") otherwise). With sides above 2: degree 4,
/// 2 rows columns edges, diameter floor(rows/2) + floor(columns/2).
Topology torus_graph(std::size_t rows, std::size_t columns);

}  // namespace hearsay
