// The ring: node i is joined to i - 1 and i + 1 modulo n.
#pragma once

#include <cstddef>

#include "topology/topology.h"

namespace hearsay {

/// n edges, degree 2, diameter floor(n/2). A ring of 2 nodes is one edge, a ring of 1 node has
/// none.
Topology ring_graph(std::size_t nodes);

}  // namespace hearsay
