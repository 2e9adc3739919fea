// The binary tree, numbered by layers from the root 0: the children of i are 2 i + 1 and 2 i + 2.
#pragma once

#include <cstddef>

#include "topology/topology.h"

namespace hearsay {

/// n - 1 edges; all layers but the last are full.
Topology binary_tree_graph(std::size_t nodes);

}  // namespace hearsay
