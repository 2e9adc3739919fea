// Maximum-degree weights: one weight for all edges.
#pragma once

#include "topology/mixing.h"

namespace hearsay {

/// w_ij = 1/(1 + d_max) on edges, that is W = I - L/(1 + d_max) with the graph's Laplacian L.
MixingMatrix max_degree_weights(const Topology& graph);

}  // namespace hearsay
