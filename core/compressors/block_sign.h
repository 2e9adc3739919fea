// One bit per coordinate and one scale per block.
#pragma once

#include <vector>

#include "core/compressor.h"

namespace hearsay {

/// For each block B: C(x)_B = (||x_B||_1 / |B|) sign(x_B), sign(0) = +1. [Li, Karimi, Li: On
/// Distributed Adaptive Optimization with Gradient Compression (COMP-AMS), ICLR 2022; Zheng,
/// Huang, Kwok: Blockwise momentum SGD with error-feedback, NeurIPS 2019]
///   Settings: block_size, or `layers` (the default): a block is a tensor of the model. With a
///   block_size the last block may be shorter, and one above d means a single block.
///   Wire: one f32 scale a block, then d bits, least significant first, 1 = negative, unused bits
///   zero.
///   Ideal bits: 32 blocks + d.
///   pi(x) >= 1 / (size of the largest block).  Draws no random numbers.  O(d) time.
class BlockSign final : public Compressor {
 public:
  /// Blocks of `block_size` >= 1 coordinates.
  BlockSign(std::size_t dimension, std::size_t block_size);
  /// A block for each layer that is not empty.
  explicit BlockSign(const Layout& layout);

  std::size_t blocks() const { return ends_.size(); }

  std::uint64_t encode(ConstVectorView x, Stream& stream, Workspace& work,
                       Bytes& out) const override;
  std::optional<std::string> check(ByteView payload) const override;
  void decode_add(ByteView payload, float weight, VectorView y) const override;
  double contraction() const override;
  std::unique_ptr<Compressor> resized(std::size_t dimension) const override;
  std::unique_ptr<Compressor> of_layers(std::size_t first, std::size_t last) const override;

 private:
  std::size_t payload_size() const;
  std::size_t largest_block() const;

  bool by_layer_ = false;
  std::vector<std::size_t> ends_;  // block i is [ends_[i - 1], ends_[i]), the first one from 0
};

}  // namespace hearsay
