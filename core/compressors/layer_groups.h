// Large models, compressed by layer, in groups of layers: one group of a message is on its way
// while the next is being compressed (core/advance.h), and each is read, selected and written while
// it is in the cache.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/compressor.h"

namespace hearsay {

/// What `whole` is, a compressor that works by layer (Compressor::of_layers): the same C(x), ideal
/// bits, pi and draws, in other bytes. Wire, group by group: u64 size; the message of that size for
/// these layers alone. O(d) time; memory, beside the workspace's, none.
class LayerGroups final : public Compressor {
 public:
  /// A group ends behind the layer with which it has that many coordinates.
  static constexpr std::size_t kCoordinates = std::size_t{1} << 20U;

  /// `ends`: where the groups end, as numbers of layers, ascending; the last is that of all layers.
  LayerGroups(std::unique_ptr<Compressor> whole, const std::vector<std::size_t>& ends);

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  std::uint64_t encode_difference(ConstVectorView w, VectorView memory, Stream& stream,
                                  Workspace& work, Bytes& out) const override;
  std::uint64_t encode_sum(ConstVectorView w, VectorView memory, Stream& stream, Workspace& work,
                           Bytes& out) const override;
  std::optional<std::string> check(ByteView payload) const override;
  void decode_add(ByteView payload, float weight, VectorView y) const override;
  double contraction() const override { return whole_->contraction(); }
  std::optional<double> variance() const override { return whole_->variance(); }
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override {
    return whole_->resized(dimension);
  }
  bool sparsifies() const override { return whole_->sparsifies(); }
  void mark_sent(ByteView payload, std::size_t begin, Coverage& coverage) const override;

 private:
  struct Group {
    std::size_t begin = 0;  // coordinate
    std::unique_ptr<Compressor> compressor;
    std::string layers;  // for messages
    std::size_t size() const { return compressor->dimension(); }
  };

  /// Writes encode_group(group) of all, each behind its size.
  template <class EncodeGroup>
  std::uint64_t encode_groups(Workspace& work, Bytes& out, EncodeGroup encode_group) const;
  /// use(group, its message) for all; `payload` must have passed check().
  template <class Use>
  void for_each_group(ByteView payload, Use use) const;

  std::unique_ptr<Compressor> whole_;
  std::vector<Group> groups_;
};

/// That compressor in groups of its layers, if it works by layer and they make more than one group
/// of `coordinates`; else as it is.
std::unique_ptr<Compressor> by_groups(std::unique_ptr<Compressor> compressor,
                                      std::size_t coordinates = LayerGroups::kCoordinates);

}  // namespace hearsay
