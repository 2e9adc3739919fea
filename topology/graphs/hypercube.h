// The hypercube: nodes whose numbers differ in one bit are joined.
#pragma once

#include <cstddef>

#include "topology/topology.h"

namespace hearsay {

/// n = 2^k nodes of degree k; n k / 2 edges, diameter k. Throws ParamError("nodes") when n is no
/// power of two.
Topology hypercube_graph(std::size_t nodes);

}  // namespace hearsay
