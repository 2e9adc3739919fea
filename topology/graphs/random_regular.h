// The random regular graph: all nodes have the same degree, otherwise at random.
#pragma once

#include <cstddef>
#include <cstdint>

#include "topology/topology.h"

namespace hearsay {

/// Of degree 3 and more it is an expander: its spectral gap does not shrink with n (Friedman 2008).
/// Drawn by the pairing model; the few self-loops and repeated edges are then switched away with
/// edges drawn at random (McKay and Wormald, Uniform generation of random regular graphs of
/// moderate degree, 1990), which is close to uniform. Drawn again until connected. Throws
/// ParamError
/// ("degree") unless nodes * degree is even and degree < nodes. O(edges log edges) a draw.
Topology random_regular_graph(std::size_t nodes, std::size_t degree, std::uint64_t seed);

}  // namespace hearsay
