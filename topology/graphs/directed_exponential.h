// The exponential graph of stochastic gradient push: node i sends to i + 2^k modulo n, for every
// 2^k < n.
#pragma once

#include <cstddef>

#include "topology/mixing_sequence.h"

namespace hearsay {

/// Out-degree and in-degree of ceil(log2 n), weights 1/(1 + degree): doubly stochastic, not
/// symmetric. [Assran, Loizou, Ballas, Rabbat: Stochastic gradient push, ICML 2019]
MixingSequence directed_exponential_graph(std::size_t nodes);

}  // namespace hearsay
