// No compression.
#pragma once

#include "core/compressor.h"

namespace hearsay {

/// C(x) = x.
///   Wire: d x f32.  Ideal bits: 32 d.  pi = 1.  Draws no random numbers.  O(d) time.
class Identity final : public Compressor {
 public:
  explicit Identity(std::size_t dimension) : Compressor(dimension) {}

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  std::optional<std::string> check(ByteView payload) const override;
  void decode_add(ByteView payload, float weight, VectorView y) const override;
  double contraction() const override { return 1.0; }
  std::optional<double> variance() const override { return 0.0; }
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;
};

}  // namespace hearsay
