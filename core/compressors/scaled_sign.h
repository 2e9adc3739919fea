// One bit per coordinate and one scale.
#pragma once

#include "core/compressor.h"

namespace hearsay {

/// C(x) = (||x||_1 / d) sign(x), sign(0) = +1. [Karimireddy, Rebjock, Stich, Jaggi: Error Feedback
/// Fixes SignSGD, ICML 2019, Algorithm 1; pi(x) is the density of its section 4]
///   Wire: f32 scale (computed in double, rounded once), then d bits, least significant first, 1 =
///   negative, unused bits zero.
///   Ideal bits: 32 + d.
///   ||x - C(x)||^2 = (1 - pi(x)) ||x||^2 with pi(x) = ||x||_1^2 / (d ||x||_2^2) >= 1/d;
///   contraction() is the bound 1/d, while pi(x) is about 0.64 for Gaussian entries. Draws no
///   random numbers.  O(d) time.
class ScaledSign final : public Compressor {
 public:
  explicit ScaledSign(std::size_t dimension) : Compressor(dimension) {}

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  std::uint64_t encode_difference(ConstVectorView w, VectorView memory, Stream& stream,
                                  Workspace& work, Bytes& out) const override;
  std::uint64_t encode_sum(ConstVectorView w, VectorView memory, Stream& stream, Workspace& work,
                           Bytes& out) const override;
  std::optional<std::string> check(ByteView payload) const override;
  void decode_add(ByteView payload, float weight, VectorView y) const override;
  double contraction() const override;
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;

 private:
  std::byte* grow(Bytes& out) const;
  float store_scale(double norm1, std::byte* to) const;
  std::uint64_t ideal_bits() const;
};

}  // namespace hearsay
