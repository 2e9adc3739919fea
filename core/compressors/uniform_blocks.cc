#include "core/compressors/uniform_blocks.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/compressors/uniform.h"
#include "core/vector_ops.h"

namespace hearsay {

namespace {

/// Longer vectors come out of memory and not out of the third cache: asking for them half a block
/// earlier pays.
constexpr std::size_t kCached = std::size_t{1} << 22U;

/// Norm and codes of one block. `next`: see simd::pack_nearest.
void store_block(ConstVectorView x, int steps, std::byte* to, const float* next) {
  if (x.size() > kPart) return store_nearest(x, steps, to);
  const float norm = norm_inf(x);
  wire::store(to, norm);
  store_part_nearest(x, 0, norm, steps, to, next);
}

}  // namespace

UniformBlocks::UniformBlocks(std::size_t dimension, std::size_t block_size, unsigned bits)
    : Compressor(dimension),
      block_size_(std::min(block_size, dimension)),
      bits_(bits),
      steps_(steps_of_bits(bits)) {}

template <class Visit>
void UniformBlocks::for_each(Visit visit) const {
  std::size_t place = 0;
  for (std::size_t begin = 0; begin < dimension(); begin += block_size_) {
    const std::size_t size = std::min(block_size_, dimension() - begin);
    visit(begin, size, place);
    place += levels_size(size, steps_);
  }
}

std::size_t UniformBlocks::payload_size() const {
  const std::size_t whole = dimension() / block_size_;
  const std::size_t rest = dimension() % block_size_;
  return whole * levels_size(block_size_, steps_) + (rest > 0 ? levels_size(rest, steps_) : 0);
}

std::uint64_t UniformBlocks::ideal_bits() const {
  const std::uint64_t blocks = (dimension() + block_size_ - 1) / block_size_;
  return 32 * blocks + bits_ * std::uint64_t{dimension()};
}

std::uint64_t UniformBlocks::encode(ConstVectorView x, Stream&, Workspace&, Bytes& out) const {
  assert(x.size() == dimension());
  std::byte* const to = wire::grow(out, payload_size());
  const std::size_t ahead = block_size_ + (dimension() > kCached ? block_size_ / 2 : 0);
  for_each([&](std::size_t begin, std::size_t size, std::size_t place) {
    store_block(x.subspan(begin, size), steps_, to + place, x.data() + begin + ahead);
  });
  return ideal_bits();
}

std::uint64_t UniformBlocks::encode_difference(ConstVectorView w, VectorView memory, Stream&,
                                               Workspace& work, Bytes& out) const {
  const std::size_t start = out.size();
  std::byte* const to = wire::grow(out, payload_size());
  const VectorView difference = work.floats(Workspace::Slot::difference, block_size_);
  bool finite = true;
  for_each([&](std::size_t begin, std::size_t size, std::size_t place) {
    const VectorView part = difference.first(size);
    subtract(part, w.subspan(begin, size), memory.subspan(begin, size));
    store_block(part, steps_, to + place, part.data());
    finite = finite && std::isfinite(wire::load<float>(to + place));
    if (finite) add_part(to + place, 0, steps_, 1.0F, memory.subspan(begin, size));
  });
  if (!finite) {
    out.resize(start);
    refuse_difference(w, memory);
  }
  return ideal_bits();
}

std::uint64_t UniformBlocks::encode_sum(ConstVectorView w, VectorView memory, Stream&, Workspace&,
                                        Bytes& out) const {
  const std::size_t start = out.size();
  std::byte* const to = wire::grow(out, payload_size());
  bool finite = true;
  for_each([&](std::size_t begin, std::size_t size, std::size_t place) {
    const VectorView part = memory.subspan(begin, size);
    const float norm = add_norm_inf(part, w.subspan(begin, size));
    finite = finite && std::isfinite(norm);
    if (!finite) return;
    store_block(part, steps_, to + place, part.data());
    add_part(to + place, 0, steps_, -1.0F, part);
  });
  if (!finite) {
    out.resize(start);
    refuse_sum(memory);
  }
  return ideal_bits();
}

std::optional<std::string> UniformBlocks::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, payload_size())) return wrong;
  std::optional<std::string> first;
  for_each([&](std::size_t begin, std::size_t size, std::size_t place) {
    if (first) return;
    first = check_levels(payload.subspan(place, levels_size(size, steps_)), size, steps_);
    if (first) *first += " in the block from coordinate " + std::to_string(begin) + " on";
  });
  return first;
}

void UniformBlocks::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == payload_size() && y.size() == dimension());
  for_each([&](std::size_t begin, std::size_t size, std::size_t place) {
    add_part(payload.data() + place, 0, steps_, weight, y.subspan(begin, size));
  });
}

double UniformBlocks::contraction() const {
  return nearest_level_contraction(block_size_, steps_);
}

std::unique_ptr<Compressor> UniformBlocks::resized(std::size_t dimension) const {
  return std::make_unique<UniformBlocks>(dimension, block_size_, bits_);
}

}  // namespace hearsay
