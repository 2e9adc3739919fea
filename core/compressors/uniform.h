// The nearest of a few evenly spaced levels.
#pragma once

#include "core/compressors/levels.h"

namespace hearsay {

/// C(x)_j = ||x||_inf q_j / s with q_j = round(s x_j / ||x||_inf), halves away from zero, and
/// s = 2^(b-1) - 1: the nearest of the 2^b - 1 levels i/s, -s <= i <= s, zero among them. C(0) = 0.
/// [QAdam: Chen, Shen, Huang, Liu: Quantized Adam with Error Feedback, ACM TIST 2021]
///   Settings: bits b, 2 <= b <= 16. b = 2 has the levels -1, 0, 1. With a block_size it is
///   uniform_blocks.h.
///   Wire: f32 norm, then d codes q_j + s of b bits each, least significant bit first, unused bits
///   zero. The code 2^b - 1 stands for nothing and is refused.
///   Levels are chosen by an exact comparison, in double; values are those of levels.h.
///   Ideal bits: 32 + b d.
///   A coordinate's error is at most min(|x_j|, h), h = ||x||_inf / (2 s), and the largest has
///   none. With E the squared error, E <= (d - 1) h^2 and ||x||^2 >= ||x||_inf^2 + E, so E /
///   ||x||^2 <= (d - 1) / (4 s^2 + d - 1), and pi >= 4 s^2 / (4 s^2 + d - 1). The bound is met when
///   all coordinates but one lie half-way between zero and the first level. Draws no random
///   numbers.  O(d) time.
class Uniform final : public LevelCompressor {
 public:
  Uniform(std::size_t dimension, unsigned bits)
      : LevelCompressor(dimension, steps_of_bits(bits)), bits_(bits) {}

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  std::uint64_t encode_difference(ConstVectorView w, VectorView memory, Stream& stream,
                                  Workspace& work, Bytes& out) const override;
  std::uint64_t encode_sum(ConstVectorView w, VectorView memory, Stream& stream, Workspace& work,
                           Bytes& out) const override;
  double contraction() const override;
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;

 private:
  unsigned bits_;  // b
};

/// pi of the nearest level in d coordinates: 4 s^2 / (4 s^2 + d - 1).
double nearest_level_contraction(std::size_t dimension, int steps);

}  // namespace hearsay
