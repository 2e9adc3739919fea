// Lazy Metropolis weights: every node keeps at least half of its own value.
#pragma once

#include "topology/mixing.h"

namespace hearsay {

/// w_ij = 1/(2 max(d_i, d_j)) on edges (Olshevsky, Linear time average consensus and distributed
/// optimization on fixed graphs, SIAM J. Control Optim. 2017). All eigenvalues are >= 0, and the
/// gap is of the order of 1/n^2 on every connected graph.
MixingMatrix lazy_metropolis_weights(const Topology& graph);

}  // namespace hearsay
