// The moments of a node's optimizers as one vector of floats: what survivors keep of themselves
// when a run goes on without a lost node (on_peer_loss: reweight), and newcomers get the mean of.
#pragma once

#include "core/types.h"
#include "nodes/algorithm.h"

namespace hearsay {

/// Of all Algorithm::optimizers, one behind the other; counts of steps go as floats.
Vector moments_of(Algorithm& algorithm);

/// Throws std::invalid_argument when there are more or fewer of them.
void set_moments(Algorithm& algorithm, ConstVectorView moments);

}  // namespace hearsay
