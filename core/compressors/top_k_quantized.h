// The k coordinates of largest magnitude, at a few bits each.
#pragma once

#include "core/compressor.h"

namespace hearsay {

/// C(x) = Q_b(x_K), where x_K has the k entries of largest magnitude (of equal ones the lower index
/// is kept) and Q_b takes them to the nearest of 2^b - 1 even levels of the largest of them: top-k,
/// then uniform. [Basu, Data, Karakus, Diggavi: Qsparse-local-SGD, NeurIPS 2019, composes the two,
/// with other quantizers]
///   Settings: ratio or k, as for top-k; bits b, 2 <= b <= 16.
///   Wire: the indices (core/compressors/indices.h), f32 norm, then k codes of b bits by ascending
///   index (core/compressors/levels.h).
///   Ideal bits: k (ceil(log2 d) + b) + 32.
///   With pi_b = 4 s^2 / (4 s^2 + k - 1) of uniform in k coordinates, s = 2^(b-1) - 1: the entries
///   left out and the errors of those kept are in different coordinates, so
///     ||x - C(x)||^2 <= ||x||^2 - ||x_K||^2 + (1 - pi_b) ||x_K||^2 = ||x||^2 - pi_b ||x_K||^2,
///   and ||x_K||^2 >= (k/d) ||x||^2 gives pi = (k/d) pi_b.
///   Draws no random numbers.  O(d) time on average.
class TopKQuantized final : public Compressor {
 public:
  TopKQuantized(std::size_t dimension, std::size_t k, unsigned bits);

  std::size_t k() const { return k_; }

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  std::optional<std::string> check(ByteView payload) const override;
  void decode_add(ByteView payload, float weight, VectorView y) const override;
  double contraction() const override;
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;
  bool sparsifies() const override { return true; }
  void mark_sent(ByteView payload, std::size_t begin, Coverage& coverage) const override;

 private:
  std::size_t levels_size() const;  // bytes
  ByteView indices_of(ByteView payload) const;

  std::size_t k_;
  unsigned bits_;  // b
  int steps_;      // s
};

}  // namespace hearsay
