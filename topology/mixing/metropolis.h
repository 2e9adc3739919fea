// Metropolis weights, the default: good on every graph, and a node needs only its neighbours'
// degrees.
#pragma once

#include "topology/mixing.h"

namespace hearsay {

/// w_ij = 1/(1 + max(d_i, d_j)) on edges (Xiao, Boyd and Lall, A scheme for robust distributed
/// sensor fusion based on average consensus, IPSN 2005). On the complete graph W = 11'/n.
MixingMatrix metropolis_weights(const Topology& graph);

}  // namespace hearsay
