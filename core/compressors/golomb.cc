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

/// The gap before each index by M: q and r.
template <bool kTernary>
void divide(std::span<const std::uint32_t> indices, std::uint32_t before, Modulus modulus,
            std::uint32_t* quotients, std::uint32_t* remainders) {
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const std::uint32_t gap = gap_of(indices[i], i == 0 ? before : indices[i - 1]);
    const std::uint32_t high = gap >> modulus.low_bits();
    quotients[i] = kTernary ? high / 3 : high;
    remainders[i] = gap - quotients[i] * modulus.value();
  }
}

/// kTogether numbers, of at most 32 bits in all, are put together before they wait for those
/// before.
template <std::size_t kTogether>
void pack_groups(std::span<const std::uint32_t> remainders, unsigned bits, std::byte* to) {
  const std::uint32_t mask = (1U << bits) - 1;
  std::uint64_t buffer = 0;
  unsigned held = 0;
  const auto put = [&](std::uint64_t group, unsigned size) {
    buffer |= group << held;
    held += size;
    if (held < 32) return;
    wire::store(to, static_cast<std::uint32_t>(buffer));
    to += 4;
    buffer >>= 32U;
    held -= 32;
  };
  std::size_t i = 0;
  for (; i + kTogether <= remainders.size(); i += kTogether) {
    std::uint64_t group = 0;
    for (std::size_t l = kTogether; l-- > 0;) group = group << bits | (remainders[i + l] & mask);
    put(group, static_cast<unsigned>(kTogether) * bits);
  }
  for (; i < remainders.size(); ++i) put(remainders[i] & mask, bits);
  for (; held > 0; held -= std::min(held, 8U), buffer >>= 8U) *to++ = std::byte(buffer & 0xffU);
}

void pack_low(std::span<const std::uint32_t> remainders, unsigned bits, std::byte* to) {
  if (bits == 0) return;
  if (bits <= 8) return pack_groups<4>(remainders, bits, to);
  if (bits <= 16) return pack_groups<2>(remainders, bits, to);
  pack_groups<1>(remainders, bits, to);
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

void QuotientWriter::put_bits(std::uint64_t bits, std::uint64_t size) {
  word_ |= bits << held_;
  held_ += size;
  if (held_ < 64) return;
  wire::store(to_, word_);
  to_ += 8;
  held_ -= 64;
  word_ = held_ == 0 ? 0 : bits >> (size - held_);
}

void QuotientWriter::put(std::uint32_t quotient) {
  std::uint64_t zeros = quotient;
  for (; zeros >= 64; zeros -= 64) put_bits(0, 64);
  put_bits(std::uint64_t{1} << zeros, zeros + 1);
}

void QuotientWriter::put_all(std::span<const std::uint32_t> quotients) {
  std::size_t i = 0;
  for (; i + 4 <= quotients.size(); i += 4) {
    // Put together before they wait for those before.
    const std::uint64_t second = std::uint64_t{quotients[i]} + 1 + quotients[i + 1];
    const std::uint64_t third = second + 1 + quotients[i + 2];
    const std::uint64_t fourth = third + 1 + quotients[i + 3];
    if (fourth < 64) {
      constexpr std::uint64_t kOne = 1;
      put_bits(kOne << quotients[i] | kOne << second | kOne << third | kOne << fourth, fourth + 1);
    } else {
      for (const std::uint32_t quotient : quotients.subspan(i, 4)) put(quotient);
    }
  }
  for (; i < quotients.size(); ++i) put(quotients[i]);
}

void QuotientWriter::finish() {
  std::memcpy(to_, &word_, wire::bytes_for_bits(held_));
}

void write_block(std::span<const std::uint32_t> indices, std::uint32_t before, Modulus modulus,
                 std::byte* remainders, QuotientWriter& quotients) {
  assert(indices.size() <= kBlock);
  std::array<std::uint32_t, kBlock> quotient;
  std::array<std::uint32_t, kBlock> remainder;
  if (modulus.ternary())
    divide<true>(indices, before, modulus, quotient.data(), remainder.data());
  else
    divide<false>(indices, before, modulus, quotient.data(), remainder.data());
  quotients.put_all(std::span<const std::uint32_t>(quotient).first(indices.size()));
  const auto all = std::span<const std::uint32_t>(remainder).first(indices.size());
  pack_low(all, modulus.low_bits(), remainders);
  if (modulus.ternary())
    pack_digits(all, modulus.low_bits(), remainders + modulus.low_bytes(indices.size()));
}

}  // namespace hearsay::golomb
