// The complete graph: every two nodes are joined.
#pragma once

#include <cstddef>

#include "topology/topology.h"

namespace hearsay {

/// n (n - 1) / 2 edges, diameter 1. Throws ParamError("nodes") above 10,000 nodes, where the edges
/// alone fill a gigabyte.
Topology complete_graph(std::size_t nodes);

}  // namespace hearsay
