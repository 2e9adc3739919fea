// The one-peer exponential graph: in round t node i sends to i + 2^(t mod ceil(log2 n)) modulo n
// alone.
#pragma once

#include <cstddef>

#include "topology/mixing_sequence.h"

namespace hearsay {

/// One message a node and round, w = 1/2 on the arc and on the diagonal. When n is a power of two,
/// log2(n) rounds average exactly. [Ying, Yuan, Chen, Hu, Pan, Yin: Exponential graph is provably
/// efficient for decentralized deep training, NeurIPS 2021, Lemma 1]
MixingSequence one_peer_exponential_graph(std::size_t nodes);

}  // namespace hearsay
