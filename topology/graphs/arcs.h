// The directed graph of the arcs in the config: arcs: [[0, 1], [1, 2], [2, 0]].
#pragma once

#include "topology/mixing_sequence.h"

namespace hearsay {

/// `arcs` is a list of [from, to]; `nodes` is optional and the largest id + 1 by default. Weights
/// 1/(1 + out-degree of the sender): column-stochastic, so in general only push-sum averages on it.
/// Throws ParamError("arcs") for an item that is no pair, an arc from a node to itself, one that is
/// there twice, or one to a node that is not there.
MixingSequence arcs_graph(const Params& params);

}  // namespace hearsay
