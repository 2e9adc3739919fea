// Golomb codes of ascending indices, a block at a time.
//
// An index is coded by the gap before it, g = index - previous - 1 (the first one by g = index):
// g = q M + r with 0 <= r < M. M is a power of two, as in Rice's codes, or three times one, so that
// it is near the best at any density: random sets take within 1 % of log2 C(d, k) bits for k up to
// d/6. [Golomb: Run-length encodings, IEEE Transactions on Information Theory, 1966]
//
// Quotients and remainders go apart, so that neither is read bit by bit:
//   remainders of a block: with M = 2^b or 3 2^b the b low bits of each r, least significant bit
//     first, unused bits zero; then, with M = 3 2^b, the digits t = r >> b, five to a byte,
//     t_0 + 3 t_1 + 9 t_2 + 27 t_3 + 81 t_4, absent ones 0.
//   quotients of all blocks: q zeros and a one for each, least significant bit first.
// Where the ones stand is the running sum of the quotients, so reading them costs no arithmetic.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/compressors/wire.h"
#include "core/simd/golomb.h"
#include "core/types.h"

namespace hearsay::golomb {

/// Indices in a block. A multiple of 8 and of 5: low bits and digits fill their bytes.
constexpr std::size_t kBlock = simd::kGolombBlock;

/// M by its code c: 2^(c/2) when c is even, 3 2^((c-3)/2) when it is odd; there is none for 1.
/// Ascends with c.
class Modulus {
 public:
  static constexpr unsigned kCodes = 64;
  static constexpr bool exists(unsigned code) { return code < kCodes && code != 1; }

  constexpr explicit Modulus(unsigned code) : code_(code) { assert(exists(code)); }

  constexpr unsigned code() const { return code_; }
  constexpr bool ternary() const { return code_ % 2 != 0; }
  constexpr unsigned low_bits() const { return ternary() ? (code_ - 3) / 2 : code_ / 2; }  // b
  constexpr std::uint32_t value() const { return (ternary() ? 3U : 1U) << low_bits(); }    // M

  /// Bytes of the low bits of `count` indices.
  constexpr std::size_t low_bytes(std::size_t count) const {
    return wire::bytes_for_bits(low_bits() * count);
  }
  /// Bytes of their digits.
  constexpr std::size_t digit_bytes(std::size_t count) const {
    return ternary() ? (count + 4) / 5 : 0;
  }
  /// Bytes of the remainders of a block, or of several with the same M.
  constexpr std::size_t remainder_bytes(std::size_t count) const {
    return low_bytes(count) + digit_bytes(count);
  }

  /// About the best for `count` >= 1 indices that were drawn at random among `span` >= count: the
  /// largest one that is at most 4/5 span/count - 1/5.
  static Modulus of_density(std::uint64_t span, std::size_t count);

 private:
  unsigned code_;
};

/// The most bytes that the remainders of a block can have.
constexpr std::size_t kMostRemainderBytes = 4 * kBlock;

/// The index before the first one, so that its gap comes out right modulo 2^32.
constexpr std::uint32_t kBeforeFirst = ~std::uint32_t{0};

/// The sum of the quotients of some indices, ascending, that come behind `before`.
std::uint32_t sum_of_quotients(std::span<const std::uint32_t> indices, std::uint32_t before,
                               Modulus modulus);

/// Writes quotients.
class QuotientWriter {
 public:
  explicit QuotientWriter(std::byte* to) : to_(to) {}
  void put(std::uint32_t quotient);
  void put_all(std::span<const std::uint32_t> quotients);
  /// Writes what is left, after the last one.
  void finish();

 private:
  void put_bits(std::uint64_t bits, std::uint64_t size);  // size <= 64

  std::byte* to_;
  std::uint64_t word_ = 0;  // bits that are not written yet
  std::uint64_t held_ = 0;  // how many they are, below 64
};

/// Writes the remainders of up to a block of indices behind `before`, and their quotients.
void write_block(std::span<const std::uint32_t> indices, std::uint32_t before, Modulus modulus,
                 std::byte* remainders, QuotientWriter& quotients);

}  // namespace hearsay::golomb
