// Levels of the Euclidean norm, rounded at random.
#pragma once

#include "core/compressors/levels.h"
#include "core/compressors/scaling.h"

namespace hearsay {

/// C(x)_j = (||x||_2 / tau) sign(x_j) xi_j / s, where xi_j is one of the two whole numbers beside
/// s |x_j| / ||x||_2, drawn so that its expectation is that quotient. C(0) = 0. [Alistarh, Grubic,
/// Li, Tomioka, Vojnovic: QSGD, NeurIPS 2017, section 3.1 and Lemma 3.1]
///   Settings: levels s, 1 <= s <= 32767; s = 2^(b-1) - 1 fills its b bits. scaled: tau = 1 + omega
///   (core/compressors/scaling.h), or tau = 1, the unbiased original.
///   Wire: f32 norm ||x||_2 / tau, then d codes (core/compressors/levels.h) of b bits, b the least
///   that holds 2 s.
///   Ideal bits: 32 + b d: as a quantizer of b bits with its sign among them, not the paper's
///   Elias code.
///   omega = min(d / s^2, sqrt(d) / s).  Draws d numbers, none for x = 0.  O(d) time.
class Qsgd final : public LevelCompressor {
 public:
  Qsgd(std::size_t dimension, int levels, bool scaled)
      : Qsgd(dimension, levels, Scaling(omega(dimension, levels), scaled)) {}

  static double omega(std::size_t dimension, int levels);

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  double contraction() const override { return scaling_.contraction(); }
  std::optional<double> variance() const override { return scaling_.variance(); }
  /// Of about the same d / s^2, on which omega depends.
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;

 private:
  Qsgd(std::size_t dimension, int levels, const Scaling& scaling)
      : LevelCompressor(dimension, levels), scaling_(scaling) {}

  Scaling scaling_;
};

}  // namespace hearsay
