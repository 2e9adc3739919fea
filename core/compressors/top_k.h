// The k coordinates of largest magnitude, of the vector or of each layer.
#pragma once

#include <span>
#include <vector>

#include "core/compressor.h"

namespace hearsay {

/// C(x)_j = x_j for the k entries of largest |x_j|, else 0; of equal magnitudes the lower index is
/// kept. [Stich, Cordonnier, Jaggi: Sparsified SGD with Memory, NeurIPS 2018, Definition 2.2; by
/// layer: Shi et al.: Layer-wise Adaptive Gradient Sparsification, ECAI 2020]
///   Settings: ratio, giving k = max(1, floor(ratio d + 1/2)), or k itself, 1 <= k <= d.
///     scope: global (the default) takes the k largest of all. floor: m, 0 by default, protects
///       small and flat layers from being starved: the m largest of each layer go first (all of a
///       shorter one), then the largest of what is left; k in all.
///     scope: layer takes the k_l largest of each layer of d_l entries: of a ratio, k_l =
///       max(1, floor(ratio d_l + 1/2)); of a k, 1 for each layer and the other k - L shared out in
///       proportion to d_l - 1 by largest remainders.
///     values: float32 (the default), or float16: the nearest ones, in units of a power of two that
///       suits the largest value (core/compressors/float16.h).
///   Wire: the indices in the whole vector (core/compressors/indices.h), about log2 C(d, k) bits;
///   then the values by ascending index, k x f32, or u8 exponent and k x f16. k, and how many of
///   them belong to a layer at least, is known from the layout and the settings. By layer, a large
///   model is sent in groups of layers (core/compressors/layer_groups.h), unless in float16.
///   Ideal bits: k (32 + ceil(log2 d)); by layer, where an index is one within its layer,
///   sum_l k_l (32 + ceil(log2 d_l)). With float16 16 for 32, and 8 more.
///   With m_l entries of layer l for certain, f = sum m_l, and a = min_l m_l/d_l: those hold
///     ||x_F||^2 >= sum_l (m_l/d_l) ||x_l||^2 >= a ||x||^2,
///   and the k - f largest of the d - f others hold their share of the rest, so
///     ||C(x)||^2 >= ||x_F||^2 + (k-f)/(d-f) (||x||^2 - ||x_F||^2),
///   pi = a + (1 - a) (k-f)/(d-f): k/d when global; min_l k_l/d_l by layer, which with a ratio is
///   above 2/3 of it. The errors of float16 are in the coordinates that are kept, at most a share
///   delta^2 (float16_error, 2^-22) of their energy, so that they leave (1 - delta^2) pi.
///   Draws no random numbers.  O(d) time: core/selection.h.
class TopK final : public Compressor {
 public:
  enum class Values { float32, float16 };

  /// Global.
  TopK(std::size_t dimension, std::size_t k, Values values = Values::float32);
  /// `least[l]` <= the size of layer l is how many of its entries are kept for certain, and k at
  /// least the sum of them; equal to it, by layer.
  TopK(const Layout& layout, const std::vector<std::size_t>& least, std::size_t k,
       Values values = Values::float32);

  std::size_t k() const { return k_; }

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
  std::unique_ptr<Compressor> of_layers(std::size_t first, std::size_t last) const override;
  bool sparsifies() const override { return true; }
  void mark_sent(ByteView payload, std::size_t begin, Coverage& coverage) const override;

 private:
  struct Quota {
    std::size_t begin = 0;  // of the layer, or of all
    std::size_t end = 0;
    std::size_t least = 0;  // entries kept for certain, not 0
    std::size_t size() const { return end - begin; }
    ConstVectorView of(ConstVectorView x) const { return x.subspan(begin, size()); }
    VectorView of(VectorView x) const { return x.subspan(begin, size()); }
  };

  std::span<const std::uint32_t> select_with_quotas(ConstVectorView x,
                                                    std::vector<std::uint32_t>& scratch) const;
  /// Whether so many of all are kept, or so many of each layer: not with a floor.
  bool takes_shares() const { return quotas_.empty() || certain_ == k_; }
  /// Whether what a message stands for is what a selection finds there.
  bool sends_selection() const { return takes_shares() && values_ == Values::float32; }
  /// Appends the message with what select(part, hint) finds, of all or of each layer.
  template <class Select>
  std::uint64_t send(Workspace& work, Bytes& out, Select select) const;
  /// Appends the message with these entries.
  std::uint64_t store(std::span<const std::uint32_t> kept, ConstVectorView values,
                      Bytes& out) const;
  std::optional<std::string> check_quotas(ByteView indices) const;
  std::uint64_t ideal_bits_of_values() const;
  std::size_t values_size() const;  // bytes
  ByteView indices_of(ByteView payload) const;

  std::size_t k_;
  Values values_;
  std::vector<Quota> quotas_;  // empty when global
  std::size_t certain_ = 0;    // f
  double least_share_ = 0.0;   // a
  std::uint64_t ideal_bits_ = 0;
};

}  // namespace hearsay
