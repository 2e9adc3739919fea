// The path 0 - 1 - ... - (n - 1): a ring that is cut open.
#pragma once

#include <cstddef>

#include "topology/topology.h"

namespace hearsay {

/// n - 1 edges, diameter n - 1: of the connected graphs on n nodes the one that mixes most slowly.
Topology path_graph(std::size_t nodes);

}  // namespace hearsay
