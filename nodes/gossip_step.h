// The gossip step gamma: what theory guarantees, and what works.
//
// The gamma of CHOCO's theorem is far too small to be useful, and no closed form is known that is
// not. So it is tried out: CHOCO-Gossip with the run's own W and compressor, on random vectors in a
// small dimension and from public copies that know nothing. A step is as good as the number of
// rounds in which it shrinks the consensus error by 1000 is small. Up to a point that number falls
// as the step grows; soon after it the error grows instead of shrinking. (The scaled sign is quick
// to 1000 with large steps and slow from there on. With a small step it goes on at one pace.)
#pragma once

#include <cstdint>
#include <string>

#include "core/compressor.h"
#include "nodes/network.h"

namespace hearsay {

inline constexpr double kShrink = 1000.0;  // what the rounds of a step are counted to

struct GossipStep {
  double best = 0.0;        // what to use
  double rounds = 0.0;      // in which `best` shrinks the trial's consensus error by kShrink
  double stable_end = 0.0;  // steps from here on make the error grow
  double theory = 0.0;      // CHOCO's guarantee, Spectrum::choco_gossip_step
  std::string how;          // "closed form ...", or what was tried
};

/// What is gossiped. A gradient tracker is fed with differences of noisy gradients. In a mode of W
/// that a round multiplies by a = 1 - gamma (1 - lambda), it ends up with 2/(1 + a) times the
/// gradients' variance, so steps with negative a, which averaging alone is quickest with, ruin it:
/// `best` is then at most 1/(2 (1 - lambda_n)), where a >= 1/2.
enum class Gossiped { models, trackers };

/// For compressors that lose nothing the closed forms, best at 2/((1 - lambda_2) + (1 - lambda_n))
/// and stable below 2/(1 - lambda_n); else some fifteen trials. Deterministic in its arguments;
/// takes well under a second up to a few hundred nodes, and a few seconds for ten thousand.
GossipStep find_gossip_step(const Network& network, const Compressor& compressor,
                            std::uint64_t seed, Gossiped what = Gossiped::models);

/// Whether the consensus error falls with that step: one trial.
bool is_stable_gossip_step(double gamma, const Network& network, const Compressor& compressor,
                           std::uint64_t seed);

}  // namespace hearsay
