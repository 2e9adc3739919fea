// The vectors that a compressor is certified on.
#pragma once

#include <string>
#include <vector>

#include "core/random.h"
#include "core/types.h"

namespace hearsay {

struct CertifyVector {
  std::string name;
  bool random = false;  // of a distribution that gradients may have; else chosen to be hard
  Vector x;             // finite, not zero
};

/// Random ones (Gaussian, Laplace, heavy tails, sparse, scales that differ by block), and those at
/// which a published bound is met or nearly so, or at which float arithmetic is at its ends:
///   equal magnitudes          top-k, random-k, qsgd
///   one-hot                   scaled-sign, random-k
///   1 and 1/(2 s)             uniform of s levels, half-way between zero and the first
///   1 and 1/(1 + sqrt(d))     terngrad
///   4/3                       natural: where the variance of a power of two is largest
///   diagonal                  low-rank, on Layout::square: equal singular values
///   subnormal, huge, largest, mixed exponents
std::vector<CertifyVector> certify_vectors(std::size_t dimension, Stream& stream);

}  // namespace hearsay
