#include "core/compressors/golomb.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace hearsay::golomb {

namespace {

std::uint32_t gap_of(std::uint32_t index, std::uint32_t before) {
  return index - before - 1;
}

/// g / M. The divisor 3 is written out: the compiler multiplies then.
std::uint32_t quotient_of(std::uint32_t gap, Modulus modulus) {
  const std::uint32_t high = gap >> modulus.low_bits();
  return modulus.ternary() ? high / 3 : high;
}

template <bool kTernary>
std::uint32_t sum(std::span<const std::uint32_t> indices, unsigned low_bits) {
  std::uint32_t result = 0;
  for (std::size_t i = 1; i < indices.size(); ++i) {
    const std::uint32_t high = gap_of(indices[i], indices[i - 1]) >> low_bits;
    result += kTernary ? high / 3 : high;
  }
  return result;
}

void pack_low(std::span<const std::uint32_t> remainders, unsigned bits, std::byte* to) {
  if (bits == 0) return;
  const std::uint32_t mask = (1U << bits) - 1;
  std::uint64_t buffer = 0;
  unsigned held = 0;
  for (const std::uint32_t remainder : remainders) {
    buffer |= std::uint64_t{remainder & mask} << held;
    held += bits;
    if (held < 32) continue;
    wire::store(to, static_cast<std::uint32_t>(buffer));
    to += 4;
    buffer >>= 32U;
    held -= 32;
  }
  for (; held > 0; held -= std::min(held, 8U), buffer >>= 8U) *to++ = std::byte(buffer & 0xffU);
}

void pack_digits(std::span<const std::uint32_t> remainders, unsigned low_bits, std::byte* to) {
  for (std::size_t i = 0; i < remainders.size(); i += 5) {
    const auto five = remainders.subspan(i, std::min<std::size_t>(5, remainders.size() - i));
    unsigned packed = 0;
    for (std::size_t place = five.size(); place-- > 0;)
      packed = 3 * packed + (five[place] >> low_bits);
    *to++ = std::byte(packed);
  }
}

}  // namespace

Modulus Modulus::of_density(std::uint64_t span, std::size_t count) {
  assert(count >= 1 && span >= count);
  const std::uint64_t most = (4 * span - count) / (5 * count);
  if (most < 2) return Modulus(0);
  const auto low_bits = static_cast<unsigned>(std::bit_width(most)) - 1;
  const bool three_halves = most >> (low_bits - 1) >= 3;
  return Modulus(std::min(kCodes - 1, 2 * low_bits + (three_halves ? 1 : 0)));
}

std::uint32_t sum_of_quotients(std::span<const std::uint32_t> indices, std::uint32_t before,
                               Modulus modulus) {
  if (indices.empty()) return 0;
  const std::uint32_t first = quotient_of(gap_of(indices[0], before), modulus);
  return first + (modulus.ternary() ? sum<true>(indices, modulus.low_bits())
                                    : sum<false>(indices, modulus.low_bits()));
}

void QuotientWriter::put(std::uint32_t quotient) {
  for (held_ += quotient; held_ >= 64; held_ -= 64, to_ += 8, word_ = 0) wire::store(to_, word_);
  word_ |= std::uint64_t{1} << held_++;
}

void QuotientWriter::finish() {
  std::memcpy(to_, &word_, wire::bytes_for_bits(held_));
}

void write_block(std::span<const std::uint32_t> indices, std::uint32_t before, Modulus modulus,
                 std::byte* remainders, QuotientWriter& quotients) {
  assert(indices.size() <= kBlock);
  std::array<std::uint32_t, kBlock> remainder;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const std::uint32_t gap = gap_of(indices[i], before);
    before = indices[i];
    const std::uint32_t quotient = quotient_of(gap, modulus);
    remainder[i] = gap - quotient * modulus.value();
    quotients.put(quotient);
  }
  const auto all = std::span<const std::uint32_t>(remainder).first(indices.size());
  pack_low(all, modulus.low_bits(), remainders);
  if (modulus.ternary())
    pack_digits(all, modulus.low_bits(), remainders + modulus.low_bytes(indices.size()));
}

}  // namespace hearsay::golomb
