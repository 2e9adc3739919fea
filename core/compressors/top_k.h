// The k coordinates of largest magnitude.
#pragma once

#include <span>

#include "core/compressor.h"

namespace hearsay {

/// C(x)_j = x_j for the k entries of largest |x_j|, else 0; of equal magnitudes the lower index is
/// kept. [Stich, Cordonnier, Jaggi: Sparsified SGD with Memory, NeurIPS 2018, Definition 2.2]
///   Settings: ratio, giving k = max(1, floor(ratio d + 1/2)), or k itself, 1 <= k <= d.
///   Wire: k x u32 index, ascending, then k x f32 value; 8 k bytes. k is known from d and the
///   settings.
///   Ideal bits: k (32 + ceil(log2 d)).
///   ||x - C(x)||^2 <= (1 - k/d) ||x||^2, so pi = k/d.  Draws no random numbers.
///   O(d) time on average.
class TopK final : public Compressor {
 public:
  TopK(std::size_t dimension, std::size_t k) : Compressor(dimension), k_(k) {}

  std::size_t k() const { return k_; }

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  std::optional<std::string> check(ByteView payload) const override;
  void decode_add(ByteView payload, float weight, VectorView y) const override;
  double contraction() const override;
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;
  bool sparsifies() const override { return true; }
  void mark_sent(ByteView payload, std::uint32_t round,
                 std::span<std::uint32_t> last_sent) const override;

 private:
  std::size_t k_;
};

/// The indices of the k entries of x of largest magnitude, ascending; ties go to the lower index.
/// NaN counts as larger than infinity, so it is never lost silently. The result lives in `scratch`.
std::span<const std::uint32_t> select_top_k(ConstVectorView x, std::size_t k,
                                            std::vector<std::uint32_t>& scratch);

}  // namespace hearsay
