// The directed ring: node i is heard by i + 1 modulo n alone.
#pragma once

#include <cstddef>

#include "topology/mixing_sequence.h"

namespace hearsay {

/// n arcs, w = 1/2 on each and on the diagonal: doubly stochastic, not symmetric.
MixingSequence directed_ring_graph(std::size_t nodes);

}  // namespace hearsay
