// Unbiased compressors as contractions.
//
// Let Q be unbiased, E||Q(x) - x||^2 <= omega ||x||^2. Since E||Q(x)||^2 <= (1 + omega) ||x||^2,
//   E||Q(x)/tau - x||^2 <= ((1 + omega)/tau^2 - 2/tau + 1) ||x||^2 = (1 - pi) ||x||^2
// with pi = 2/tau - (1 + omega)/tau^2. It is largest at tau = 1 + omega, where it is 1/(1 + omega):
// the scaled form. [Koloskova, Stich, Jaggi: Decentralized stochastic optimization and gossip
// algorithms with compressed communication, ICML 2019: the rescaled unbiased estimators among the
// examples for Assumption 1]. At tau = 1 it is 1 - omega, so that Q itself is a contraction where
// omega < 1, and none is promised elsewhere.
#pragma once

#include <optional>

#include "core/params.h"

namespace hearsay {

/// The divisor of an unbiased compressor, and what it promises with it.
class Scaling {
 public:
  Scaling(double omega, bool scaled);

  double divisor() const { return divisor_; }  // tau
  double contraction() const;                  // pi; 0 where there is none
  std::optional<double> variance() const;      // omega, unless scaled
  /// For the compressor's omega in another dimension: tau stays what it was, so that pi stays
  /// within a factor of two, or grows to 1 + omega.
  Scaling resized(double omega) const;

  /// norm / tau as a message carries it: the largest float where that is above it. Levels of
  /// sent * tau are as good as those of the norm, as long as no coordinate is larger.
  float sent(double norm) const;

 private:
  double omega_;
  bool scaled_;
  double divisor_;
};

/// The key `scaled`.
Param scaled_param();

}  // namespace hearsay
