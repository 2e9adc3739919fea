// Three levels, rounded at random.
#pragma once

#include "core/compressors/levels.h"
#include "core/compressors/scaling.h"

namespace hearsay {

/// C(x)_j = (m / tau) sign(x_j) b_j with m = ||x||_inf and b_j = 1 with probability |x_j| / m, else
/// 0. C(0) = 0. [Wen, Xu, Yan, Wu, Wang, Chen, Li: TernGrad, NeurIPS 2017, equations 1 to 3,
/// without clipping]
///   Settings: scaled: tau = 1 + omega (core/compressors/scaling.h), or tau = 1, the unbiased
///   original.
///   Wire: f32 norm m / tau, then d codes of 2 bits (core/compressors/levels.h, s = 1).
///   Ideal bits: 32 + 2 d.
///   omega = (sqrt(d) - 1) / 2: unscaled, E||C(x)||^2 = sum_j m |x_j| = ||x||_inf ||x||_1. Let the
///   other d - 1 entries have the norm t m. Then ||x||_1 <= m (1 + sqrt(d - 1) t), and ||x||_inf
///   ||x||_1 / ||x||^2 <= (1 + sqrt(d - 1) t) / (1 + t^2) <= (1 + sqrt(d)) / 2, which is met for
///   one m and d - 1 entries m / (1 + sqrt(d)).
///   Draws d numbers, none for x = 0.  O(d) time.
class TernGrad final : public LevelCompressor {
 public:
  TernGrad(std::size_t dimension, bool scaled)
      : TernGrad(dimension, Scaling(omega(dimension), scaled)) {}

  static double omega(std::size_t dimension);

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  double contraction() const override { return scaling_.contraction(); }
  std::optional<double> variance() const override { return scaling_.variance(); }
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;

 private:
  TernGrad(std::size_t dimension, const Scaling& scaling)
      : LevelCompressor(dimension, 1), scaling_(scaling) {}

  Scaling scaling_;
};

}  // namespace hearsay
