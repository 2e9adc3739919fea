// The nearest of a few evenly spaced levels, with a norm for each block of coordinates.
#pragma once

#include "core/compressors/levels.h"

namespace hearsay {

/// Uniform (uniform.h) on each block of B coordinates alone, the last one may be shorter: one large
/// coordinate costs the others of its block their precision and not those of the whole vector, and
/// one walk over memory does. [the buckets of QSGD: Alistarh et al., NeurIPS 2017, section 4]
///   Settings: bits b, 2 <= b <= 16, and block_size B.
///   Wire: the messages of the blocks one after the other: f32 norm, codes, unused bits zero.
///   Ideal bits: 32 ceil(d / B) + b d.
///   pi >= 4 s^2 / (4 s^2 + B - 1). Draws no random numbers.  O(d) time.
class UniformBlocks final : public Compressor {
 public:
  UniformBlocks(std::size_t dimension, std::size_t block_size, unsigned bits);

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
  std::size_t payload_size() const;
  std::uint64_t ideal_bits() const;
  /// Calls visit(begin, size, where its message starts).
  template <class Visit>
  void for_each(Visit visit) const;

  std::size_t block_size_;  // at most d
  unsigned bits_;           // b
  int steps_;               // s
};

}  // namespace hearsay
