// The spectrum of W, and what follows from it.
#pragma once

#include <cstddef>

#include "topology/mixing.h"

namespace hearsay {

struct Spectrum {
  double lambda2 = 0.0;     // second largest eigenvalue of W; 0 for n = 1
  double lambda_min = 0.0;  // smallest eigenvalue; for n = 1 it is 0 as well (gap 1)

  /// max(|lambda_2|, |lambda_n|): plain gossip shrinks the consensus error by its square each
  /// round.
  double contraction() const;
  /// rho = 1 - max(|lambda_2|, |lambda_n|).
  double gap() const { return 1.0 - contraction(); }
  /// beta = ||I - W||_2 = 1 - lambda_n.
  double beta() const { return 1.0 - lambda_min; }
  /// The best fixed gossip step of plain gossip, 2/((1 - lambda_2) + (1 - lambda_n)).
  double best_gossip_step() const;
  /// Rounds of plain gossip that shrink the consensus error by `factor`; infinity when the gap is
  /// 0.
  double rounds_to_shrink(double factor) const;
  /// CHOCO-Gossip's gamma for a compressor of contraction pi (Koloskova, Stich, Jaggi 2019, Theorem
  /// 2): gap^2 pi / (16 gap + gap^2 + 4 beta^2 + 2 gap beta^2 - 8 gap pi). Safe, and far too small
  /// to be useful.
  double choco_gossip_step(double pi) const;
};

/// Dense (Eigen) for small graphs, iterative for larger ones; accurate to about 1e-9.
Spectrum spectrum(const MixingMatrix& w);

}  // namespace hearsay
