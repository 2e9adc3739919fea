// k coordinates drawn at random.
#pragma once

#include <vector>

#include "core/compressor.h"

namespace hearsay {

/// C(x)_j = x_j for j in a uniformly random set of k indices, else 0. Not scaled by d/k: this is
/// the contraction, not the unbiased estimate. [Stich, Cordonnier, Jaggi: Sparsified SGD with
/// Memory, NeurIPS 2018, Definition 2.2]
///   Settings: ratio or k, as for top-k.
///   Wire: u64 seed, then k x f32 value in ascending order of index. The indices are not sent: both
///   ends derive them from the seed, which is one draw of the stream.
///   Ideal bits: 64 + 32 k.
///   E||x - C(x)||^2 = (1 - k/d) ||x||^2, so pi = k/d.  Draws one number.  O(k + d/64) time.
class RandomK final : public Compressor {
 public:
  RandomK(std::size_t dimension, std::size_t k) : Compressor(dimension), k_(k) {}

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
  std::size_t k_;
};

/// The k of d indices that belong to a seed, as the set bits of `bitmap` (bit j % 64 of word j /
/// 64). Every set of k is equally likely over the seeds. [Floyd's algorithm: Bentley and Floyd,
/// Programming Pearls: A sample of brilliance, CACM 1987]
void draw_subset(std::uint64_t seed, std::size_t dimension, std::size_t k,
                 std::vector<std::uint64_t>& bitmap);

}  // namespace hearsay
