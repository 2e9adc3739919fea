// A norm and even levels of it: what the quantizers send.
//
// The values are norm * (float(q) / float(s)) for whole numbers q, -s <= q <= s, in float: they
// cannot overflow, and q = s gives the norm exactly.
//   Wire: f32 norm, then a code q + s each, in the fewest bits b that hold 2 s, least significant
//   bit first, unused bits zero.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/compressor.h"
#include "core/compressors/wire.h"

namespace hearsay {

/// b = ceil(log2(2 s + 1)), at most 16.
constexpr unsigned level_bits(int steps) {
  return static_cast<unsigned>(std::bit_width(2 * static_cast<unsigned>(steps)));
}

/// The other way round: s = 2^(b-1) - 1, which leaves the code 2^b - 1 without a meaning. b >= 2.
constexpr int steps_of_bits(unsigned bits) {
  return (1 << (bits - 1)) - 1;
}

/// The key `bits`, b: 2 to 16.
Param bits_param();

/// The bytes of a norm and `count` codes.
constexpr std::size_t levels_size(std::size_t count, int steps) {
  return 4 + wire::bytes_for_bits(level_bits(steps) * count);
}

/// Writes the norm ||x||_inf and q_j = round(s x_j / ||x||_inf), halves away from zero.
void store_nearest(ConstVectorView x, int steps, std::byte* to);

/// The part of that message for the entries from `begin` on, a multiple of 8, and what they are of:
/// `norm` is that of the whole vector, and is not written. `next`: see simd::pack_nearest.
void store_part_nearest(ConstVectorView part, std::size_t begin, float norm, int steps,
                        std::byte* to, const float* next = nullptr);

/// y += weight * (the values of the entries from `begin` on, as many as y has).
void add_part(const std::byte* from, std::size_t begin, int steps, float weight, VectorView y);

/// Calls visit(begin, size) for parts that stay in the first cache; begin is a multiple of kPart.
/// Stretches of parts are taken from the end: what the search for the norm has read last is in the
/// second cache. In a stretch they ascend, as memory is read fastest.
constexpr std::size_t kPart = 4096;
constexpr std::size_t kStretch = 16 * kPart;
template <class Visit>
void for_each_part(std::size_t count, Visit visit) {
  for (std::size_t end = count; end > 0;) {
    const std::size_t stretch = (end - 1) / kStretch * kStretch;
    for (std::size_t begin = stretch; begin < end; begin += kPart)
      visit(begin, std::min(kPart, end - begin));
    end = stretch;
  }
}

/// Writes the norm `sent` and levels of the norm sent * divisor, which is at least every |x_j|: q_j
/// is one of the two whole numbers beside s x_j / (sent * divisor), drawn so that its expectation
/// is that quotient. Draws x.size() numbers, none for a norm of zero.
void store_random(ConstVectorView x, float sent, double divisor, int steps, Stream& stream,
                  std::byte* to);

/// What is wrong with levels_size(count, steps) bytes.
std::optional<std::string> check_levels(ByteView bytes, std::size_t count, int steps);

/// Levels are packed and unpacked a block at a time, so that the arithmetic is a plain loop for the
/// vectorizer. A multiple of 8: every block starts on a whole byte.
constexpr std::size_t kLevelBlock = 512;
using LevelBlock = std::array<std::int32_t, kLevelBlock>;

/// The levels of one block that starts at `from`.
void unpack_levels(const std::byte* from, int steps, std::span<std::int32_t> levels);

/// Calls visit(first index, count, where the codes start) for each block of `count` levels.
template <class Visit>
void for_each_block(std::size_t count, int steps, Visit visit) {
  for (std::size_t begin = 0; begin < count; begin += kLevelBlock)
    visit(begin, std::min(kLevelBlock, count - begin), 4 + begin / 8 * level_bits(steps));
}

/// Calls visit(i, value) for the `count` values whose message starts at `from`.
template <class Visit>
void for_each_value(const std::byte* from, std::size_t count, int steps, Visit visit) {
  const auto norm = wire::load<float>(from);
  const auto scale = static_cast<float>(steps);
  LevelBlock block;
  for_each_block(count, steps, [&](std::size_t begin, std::size_t size, std::size_t place) {
    unpack_levels(from + place, steps, std::span(block).first(size));
    for (std::size_t i = 0; i < size; ++i)
      visit(begin + i, norm * (static_cast<float>(block[i]) / scale));
  });
}

/// A compressor whose message is a norm and a level for each coordinate.
///   Ideal bits: 32 + b d.
class LevelCompressor : public Compressor {
 public:
  std::optional<std::string> check(ByteView payload) const final;
  void decode_add(ByteView payload, float weight, VectorView y) const final;

 protected:
  LevelCompressor(std::size_t dimension, int steps) : Compressor(dimension), steps_(steps) {}

  int steps() const { return steps_; }
  std::byte* grow(Bytes& out) const { return wire::grow(out, levels_size(dimension(), steps_)); }
  std::uint64_t ideal_bits() const { return 32 + level_bits(steps_) * std::uint64_t{dimension()}; }

 private:
  int steps_;  // s
};

}  // namespace hearsay
