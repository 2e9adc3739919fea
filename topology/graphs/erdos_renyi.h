// The random graph G(n, p): every pair of nodes is joined with the same probability, independently.
#pragma once

#include <cstddef>
#include <cstdint>

#include "topology/topology.h"

namespace hearsay {

/// Drawn again until connected, which is likely once p exceeds ln(n)/n (Erdos and Renyi 1960).
/// O(nodes + edges) a draw, by skipping from edge to edge (Batagelj and Brandes, Efficient
/// generation of large random networks, 2005). 0 < probability <= 1.
Topology erdos_renyi_graph(std::size_t nodes, double probability, std::uint64_t seed);

}  // namespace hearsay
