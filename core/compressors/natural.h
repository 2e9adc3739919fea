// Powers of two, rounded at random.
#pragma once

#include <array>

#include "core/compressor.h"
#include "core/compressors/scaling.h"

namespace hearsay {

/// C(x)_j = sign(x_j) 2^a / tau, where 2^a is one of the two powers of two beside |x_j|, drawn so
/// that its expectation is |x_j|; zero stays zero. [Horvath, Ho, Horvath, Sahu, Canini, Richtarik:
/// Natural compression for distributed deep learning, MSML 2022, Definition 1]
///   Settings: scaled: tau = 9/8 (core/compressors/scaling.h), or tau = 1, the unbiased original.
///   Wire: i32 top, then d x u8 code, then d sign bits, least significant first, 1 = negative,
///   unused bits zero. Code 0 is zero; code c > 0 is the power 2^(top - 255 + c). The paper sends
///   the exponent of a float; counting from the vector's own top gives subnormal numbers and
///   2^128, to which the largest floats round, their place in the same 8 bits. What is below the
///   255 powers (and of no weight beside the top) becomes zero.
///   The value 2^128 / tau is sent as the largest float where it is above it.
///   Ideal bits: 9 d.
///   omega = 1/8: with |x_j| = (1 + f) 2^a the variance is f (1 - f) 4^a <= |x_j|^2 / 8, met at f =
///   1/3.  Draws d numbers.  O(d) time.
class Natural final : public Compressor {
 public:
  Natural(std::size_t dimension, bool scaled);

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  std::optional<std::string> check(ByteView payload) const override;
  void decode_add(ByteView payload, float weight, VectorView y) const override;
  double contraction() const override { return scaling_.contraction(); }
  std::optional<double> variance() const override { return scaling_.variance(); }
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;

  static constexpr int kLeast = -149;  // 2^-149 is the least float
  static constexpr int kMost = 128;    // what rounds up beyond the last binade

 private:
  std::size_t payload_size() const;

  Scaling scaling_;
  std::array<float, kMost - kLeast + 1> values_;  // of 2^a / tau, from a = kLeast
};

}  // namespace hearsay
