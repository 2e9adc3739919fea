// The small world of Watts and Strogatz: a ring with short-range links, some of them rewired at
// random.
#pragma once

#include <cstddef>
#include <cstdint>

#include "topology/topology.h"

namespace hearsay {

/// Starts as the ring lattice in which every node is joined to the degree/2 nearest on either side;
/// then the far end of every edge moves with probability `rewire` to a node drawn uniformly, never
/// making a self-loop or a repeated edge (Watts and Strogatz, Collective dynamics of small-world
/// networks, Nature 1998). nodes * degree / 2 edges. Drawn again until connected. Throws ParamError
/// ("degree") unless degree is even and below nodes.
Topology watts_strogatz_graph(std::size_t nodes, std::size_t degree, double rewire,
                              std::uint64_t seed);

}  // namespace hearsay
