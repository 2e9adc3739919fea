// The exponential graph: node i is joined to i + 2^k and i - 2^k modulo n, for every 2^k < n.
#pragma once

#include <cstddef>

#include "topology/topology.h"

namespace hearsay {

/// Degree of about 2 log2(n), diameter of about log2(n)/2: few hops and a large spectral gap at a
/// modest degree. This is the undirected form: the exponential graph of the literature (Assran et
/// al., Stochastic Gradient Push, ICML 2019) has the arcs i -> i + 2^k only, is not symmetric, and
/// belongs to push-sum.
Topology exponential_graph(std::size_t nodes);

}  // namespace hearsay
