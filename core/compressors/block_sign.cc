#include "core/compressors/block_sign.h"

#include <algorithm>
#include <cassert>

#include "core/compressors/signs.h"
#include "core/compressors/wire.h"
#include "core/simd/signs.h"

namespace hearsay {

BlockSign::BlockSign(std::size_t dimension, std::size_t block_size) : Compressor(dimension) {
  assert(block_size >= 1);
  for (std::size_t begin = 0; begin < dimension; begin = ends_.back())
    ends_.push_back(begin + std::min(block_size, dimension - begin));
}

BlockSign::BlockSign(const Layout& layout) : Compressor(layout), by_layer_(true) {
  for (const Layer& layer : layout.layers())
    if (layer.size > 0) ends_.push_back(layer.offset + layer.size);
}

std::size_t BlockSign::payload_size() const {
  return 4 * blocks() + wire::bytes_for_bits(dimension());
}

std::size_t BlockSign::largest_block() const {
  std::size_t largest = 0;
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    largest = std::max(largest, end - begin);
    begin = end;
  }
  return largest;
}

std::uint64_t BlockSign::encode(ConstVectorView x, Stream&, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  std::byte* to = wire::grow(out, payload_size());
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    wire::store(to, mean_magnitude(x.subspan(begin, end - begin)));
    to += 4;
    begin = end;
  }
  simd::pack_signs(x, to);
  return 32 * std::uint64_t{blocks()} + dimension();
}

std::optional<std::string> BlockSign::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, payload_size())) return wrong;
  if (auto wrong = wire::check_magnitudes(payload, blocks(), "scale")) return wrong;
  return wire::check_tail(payload.subspan(4 * blocks()), dimension());
}

void BlockSign::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == payload_size() && y.size() == dimension());
  const std::byte* scales = payload.data();
  const std::byte* bits = scales + 4 * blocks();
  std::size_t begin = 0;
  for (std::size_t i = 0; i < blocks(); ++i) {
    simd::add_signs(bits, begin, ends_[i], weight * wire::load<float>(scales + 4 * i), y);
    begin = ends_[i];
  }
}

double BlockSign::contraction() const {
  return 1.0 / static_cast<double>(largest_block());
}

std::unique_ptr<Compressor> BlockSign::resized(std::size_t dimension) const {
  return std::make_unique<BlockSign>(dimension, largest_block());
}

std::unique_ptr<Compressor> BlockSign::of_layers(std::size_t first, std::size_t last) const {
  if (!by_layer_) return nullptr;
  return std::make_unique<BlockSign>(layout().part(first, last));
}

Part<MakeCompressor> part_block_sign() {
  return {"block-sign",
          "one bit a coordinate and a mean magnitude for each layer or block (Zheng et al. 2019)",
          {integer("block_size", "coordinates in a block, or layers for one block a layer")
               .at_least(1)
               .or_word("layers")
               .by_default("layers")},
          [](const Params& params, const Layout& layout) -> std::unique_ptr<Compressor> {
            if (params.is_word("block_size", "layers")) return std::make_unique<BlockSign>(layout);
            const auto size = static_cast<std::size_t>(params.integer("block_size"));
            return std::make_unique<BlockSign>(layout.dimension(), size);
          }};
}

}  // namespace hearsay
