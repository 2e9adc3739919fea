// The star: node 0 is the centre (and the server, where there is one).
#pragma once

#include <cstddef>

#include "topology/topology.h"

namespace hearsay {

/// n - 1 edges, from node 0 to every other node; diameter 2 for n > 2.
Topology star_graph(std::size_t nodes);

}  // namespace hearsay
