#include "core/compressors/levels.h"

#include <fmt/format.h>

#include <cassert>
#include <cmath>

#include "core/simd/levels.h"
#include "core/vector_ops.h"

namespace hearsay {

namespace {

void round_at_random(ConstVectorView x, double norm, int steps, Stream& stream,
                     std::span<std::int32_t> codes) {
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double level = std::fabs(static_cast<double>(x[j])) * steps / norm;
    const double below = std::floor(level);
    const int drawn = static_cast<int>(below) + (stream.uniform() < level - below ? 1 : 0);
    // sent * divisor was rounded to float, and may be a little below the largest magnitude.
    const int held = std::min(drawn, steps);
    codes[j] = (x[j] < 0.0F ? -held : held) + steps;
  }
}

void pack(std::span<const std::int32_t> codes, unsigned bits, std::byte* to) {
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const std::int32_t code : codes) {
    buffer |= static_cast<std::uint32_t>(code) << held;
    for (held += bits; held >= 8; held -= 8, buffer >>= 8U) *to++ = std::byte(buffer & 0xffU);
  }
  if (held > 0) *to = std::byte(buffer & 0xffU);
}

/// A vector without a usable norm (zero, or not finite) is sent as zeros; receivers refuse a norm
/// that is not finite.
bool is_usable(float norm) {
  return norm > 0.0F && std::isfinite(norm);
}

/// Writes the codes block by block: what fill(part of x, its codes) finds.
template <class Fill>
void store_codes(ConstVectorView x, int steps, std::byte* to, Fill fill) {
  LevelBlock block;
  for_each_block(x.size(), steps, [&](std::size_t begin, std::size_t size, std::size_t place) {
    const auto codes = std::span(block).first(size);
    fill(x.subspan(begin, size), codes);
    pack(codes, level_bits(steps), to + place);
  });
}

void store_zeros(ConstVectorView x, int steps, std::byte* to) {
  store_codes(x, steps, to, [steps](ConstVectorView, std::span<std::int32_t> codes) {
    std::fill(codes.begin(), codes.end(), steps);
  });
}

}  // namespace

Param bits_param() {
  return integer("bits", "bits a coordinate").at_least(2).at_most(16).by_default(4);
}

void store_part_nearest(ConstVectorView part, std::size_t begin, float norm, int steps,
                        std::byte* to, const float* next) {
  assert(begin % 8 == 0);
  const unsigned bits = level_bits(steps);
  std::byte* const place = to + begin / 8 * bits;
  if (!is_usable(norm)) return store_zeros(part, steps, place);
  if (simd::is_packed_at_once(bits))
    return simd::pack_nearest(part, norm, steps, bits, place + 4, next);
  store_codes(part, steps, place, [&](ConstVectorView few, std::span<std::int32_t> codes) {
    simd::nearest_codes(few, norm, steps, codes);
  });
}

void store_nearest(ConstVectorView x, int steps, std::byte* to) {
  const float norm = norm_inf(x);
  wire::store(to, norm);
  for_each_part(x.size(), [&](std::size_t begin, std::size_t size) {
    const ConstVectorView part = x.subspan(begin, size);
    store_part_nearest(part, begin, norm, steps, to, part.data() + kPart / 2);
  });
}

void add_part(const std::byte* from, std::size_t begin, int steps, float weight, VectorView y) {
  const auto norm = wire::load<float>(from);
  const std::byte* const part = from + begin / 8 * level_bits(steps);
  LevelBlock block;
  for_each_block(y.size(), steps, [&](std::size_t first, std::size_t size, std::size_t place) {
    const auto levels = std::span(block).first(size);
    unpack_levels(part + place, steps, levels);
    simd::add_levels(levels, norm, steps, weight, y.subspan(first, size));
  });
}

void store_random(ConstVectorView x, float sent, double divisor, int steps, Stream& stream,
                  std::byte* to) {
  wire::store(to, sent);
  if (!is_usable(sent)) return store_zeros(x, steps, to);
  const double norm = static_cast<double>(sent) * divisor;
  store_codes(x, steps, to, [&](ConstVectorView part, std::span<std::int32_t> codes) {
    round_at_random(part, norm, steps, stream, codes);
  });
}

void unpack_levels(const std::byte* from, int steps, std::span<std::int32_t> levels) {
  const unsigned bits = level_bits(steps);
  if (simd::is_packed_at_once(bits)) return simd::unpack_codes(from, steps, bits, levels);
  const std::uint32_t mask = (1U << bits) - 1;
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (std::int32_t& level : levels) {
    for (; held < bits; held += 8) buffer |= std::to_integer<std::uint32_t>(*from++) << held;
    level = static_cast<std::int32_t>(buffer & mask) - steps;
    buffer >>= bits;
    held -= bits;
  }
}

std::optional<std::string> check_levels(ByteView bytes, std::size_t count, int steps) {
  assert(bytes.size() == levels_size(count, steps));
  if (auto wrong = wire::check_magnitudes(bytes, 1, "norm")) return wrong;
  LevelBlock block;
  std::int32_t largest = 0;
  for_each_block(count, steps, [&](std::size_t, std::size_t size, std::size_t place) {
    unpack_levels(bytes.data() + place, steps, std::span(block).first(size));
    for (std::size_t i = 0; i < size; ++i) largest = std::max(largest, block[i]);
  });
  if (largest > steps) return fmt::format("code {}, the largest is {}", largest + steps, 2 * steps);
  return wire::check_tail(bytes.subspan(4), level_bits(steps) * count);
}

std::optional<std::string> LevelCompressor::check(ByteView payload) const {
  if (auto wrong = wire::check_size(payload, levels_size(dimension(), steps_))) return wrong;
  return check_levels(payload, dimension(), steps_);
}

void LevelCompressor::decode_add(ByteView payload, float weight, VectorView y) const {
  assert(payload.size() == levels_size(dimension(), steps_) && y.size() == dimension());
  add_part(payload.data(), 0, steps_, weight, y);
}

}  // namespace hearsay
