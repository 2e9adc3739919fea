// The gossip step gamma: what theory guarantees, and what works.
//
// The gamma of CHOCO's theorem is far too small to be useful, and no closed form is known that is
// not. So `gossip_step: auto` tries: CHOCO-Gossip with the run's own W and compressor, on random
// vectors in a small dimension, for a grid of steps, and keeps the one whose consensus error falls
// fastest.
#pragma once

#include <cstdint>
#include <string>

#include "core/compressor.h"
#include "nodes/network.h"

namespace hearsay {

struct GossipStep {
  double best = 0.0;    // what to use
  double theory = 0.0;  // CHOCO's guarantee, Spectrum::choco_gossip_step
  double plain = 0.0;   // the best step without compression, 2/((1 - lambda_2) + (1 - lambda_n))
  double rate =
      0.0;  // by which `best` multiplied the trial's consensus error each round; 0: no trial
  std::string how;  // "closed form", or what was tried
};

/// For the identity the closed form; else the trial. Deterministic in (network, compressor, seed);
/// well under a second up to a few hundred nodes.
GossipStep find_gossip_step(const Network& network, const Compressor& compressor,
                            std::uint64_t seed);

/// The closed forms alone, without a trial; `best` stays 0.
GossipStep theoretical_gossip_step(const Network& network, const Compressor& compressor);

}  // namespace hearsay
