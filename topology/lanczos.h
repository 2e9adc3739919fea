// The ends of the spectrum of a large symmetric matrix.
#pragma once

#include "topology/mixing.h"

namespace hearsay {

struct Extremes {
  double low = 0.0;
  double high = 0.0;
};

/// The smallest and the largest eigenvalue of W on the vectors orthogonal to 1 (the eigenvector of
/// W's eigenvalue 1). Lanczos iteration without reorthogonalization: roundoff then repeats
/// eigenvalues that have converged, which changes neither end of the spectrum (Paige, Accuracy and
/// effectiveness of the Lanczos algorithm for the symmetric eigenproblem, 1980). Absolute error of
/// about 1e-12. Costs one product with W a step: some hundred steps on an expander, about n on a
/// path or ring of n nodes.
Extremes lanczos_extremes(const MixingMatrix& w);

}  // namespace hearsay
