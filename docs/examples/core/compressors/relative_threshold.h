// The coordinates that are not small beside the largest one.
#pragma once

#include "core/compressor.h"

namespace hearsay {

/// C(x)_j = x_j where |x_j| >= tau max_i |x_i|, else 0. C(0) = 0.
///   Settings: tau, 0 < tau <= 1. A message is as long as the vector makes it.
///   Wire: k x (u32 index, f32 value), indices ascending.  Ideal bits: k (32 + ceil(log2 d)).
///   What is dropped is below tau times the largest, which is kept, so pi >= 1 / (1 + (d - 1)
///   tau^2).  Draws no random numbers.  O(d) time.
class RelativeThreshold final : public Compressor {
 public:
  RelativeThreshold(std::size_t dimension, double tau) : Compressor(dimension), tau_(tau) {}

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  std::optional<std::string> check(ByteView payload) const override;
  void decode_add(ByteView payload, float weight, VectorView y) const override;
  double contraction() const override;
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;
  bool sparsifies() const override { return true; }
  void mark_sent(ByteView payload, std::size_t begin, Coverage& coverage) const override;

 private:
  double tau_;
};

}  // namespace hearsay
