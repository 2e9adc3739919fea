// The grid: rows x columns nodes, each joined to those beside, above and below it.
#pragma once

#include <cstddef>

#include "topology/topology.h"

namespace hearsay {

/// Node (r, c) is r * columns + c. A side of 1 makes a path. 2 rows columns - rows - columns edges,
/// diameter rows + columns - 2.
Topology grid_graph(std::size_t rows, std::size_t columns);

}  // namespace hearsay
