#include "core/compressors/levels.h"

#include <fmt/format.h>

#include <cassert>
#include <cmath>

namespace hearsay {

namespace {

/// s x_j is exact in double and the quotient is rounded once, which cannot move it across a half:
/// two floats within a factor 2^16 have no quotient that close to one. So adding a half and cutting
/// off is rounding half away from zero.
void round_to_nearest(ConstVectorView x, double norm, int steps, std::span<std::int32_t> levels) {
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double level = static_cast<double>(x[j]) * steps / norm;
    levels[j] = static_cast<std::int32_t>(level + std::copysign(0.5, level));
  }
}

void round_at_random(ConstVectorView x, double norm, int steps, Stream& stream,
                     std::span<std::int32_t> levels) {
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double level = std::fabs(static_cast<double>(x[j])) * steps / norm;
    const double below = std::floor(level);
    const int drawn = static_cast<int>(below) + (stream.uniform() < level - below ? 1 : 0);
    // sent * divisor was rounded to float, and may be a little below the largest magnitude.
    const int held = std::min(drawn, steps);
    levels[j] = x[j] < 0.0F ? -held : held;
  }
}

void pack(std::span<const std::int32_t> levels, int steps, std::byte* to) {
  const unsigned bits = level_bits(steps);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const std::int32_t level : levels) {
    buffer |= static_cast<std::uint32_t>(level + steps) << held;
    for (held += bits; held >= 8; held -= 8, buffer >>= 8U) *to++ = std::byte(buffer & 0xffU);
  }
  if (held > 0) *to = std::byte(buffer & 0xffU);
}

/// Writes the norm and, block by block, what round(part of x, its levels) finds. A vector without a
/// usable norm (zero, or not finite) is sent as zeros; receivers refuse a norm that is not finite.
template <class Round>
void store(ConstVectorView x, float norm, int steps, std::byte* to, Round round) {
  wire::store(to, norm);
  const bool usable = norm > 0.0F && std::isfinite(norm);
  LevelBlock block{};
  for_each_block(x.size(), steps, [&](std::size_t begin, std::size_t size, std::size_t place) {
    const auto levels = std::span(block).first(size);
    if (usable) round(x.subspan(begin, size), levels);
    pack(levels, steps, to + place);
  });
}

}  // namespace

Param bits_param() {
  return integer("bits", "bits a coordinate").at_least(2).at_most(16).by_default(4);
}

float largest_magnitude(ConstVectorView x) {
  std::uint32_t largest = 0;
  for (const float value : x)
    largest = std::max(largest, std::bit_cast<std::uint32_t>(value) & 0x7fffffffU);
  return std::bit_cast<float>(largest);
}

void store_nearest(ConstVectorView x, int steps, std::byte* to) {
  const float norm = largest_magnitude(x);
  store(x, norm, steps, to, [&](ConstVectorView part, std::span<std::int32_t> levels) {
    round_to_nearest(part, norm, steps, levels);
  });
}

void store_random(ConstVectorView x, float sent, double divisor, int steps, Stream& stream,
                  std::byte* to) {
  const double norm = static_cast<double>(sent) * divisor;
  store(x, sent, steps, to, [&](ConstVectorView part, std::span<std::int32_t> levels) {
    round_at_random(part, norm, steps, stream, levels);
  });
}

void unpack_levels(const std::byte* from, int steps, std::span<std::int32_t> levels) {
  const unsigned bits = level_bits(steps);
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
  for_each_value(payload.data(), dimension(), steps_,
                 [&](std::size_t j, float value) { y[j] += weight * value; });
}

}  // namespace hearsay
