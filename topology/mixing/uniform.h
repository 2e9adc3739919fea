// Uniform weights: a node averages itself and its neighbours with equal weight.
#pragma once

#include "topology/mixing.h"

namespace hearsay {

/// w_ij = 1/(1 + d_i). Doubly stochastic on regular graphs only; throws ParamError("mixing") naming
/// two nodes of different degree on any other.
MixingMatrix uniform_weights(const Topology& graph);

}  // namespace hearsay
