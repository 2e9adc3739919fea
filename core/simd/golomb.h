// The inner loops of reading Golomb codes (core/compressors/golomb.h). Compiled for several CPUs
// (Highway); all give the same.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearsay::simd {

/// Indices in a block, at most.
constexpr std::size_t kGolombBlock = 320;

/// How many integers behind the last one these functions may write.
constexpr std::size_t kGolombSlack = 8;

/// How many bytes behind the low bits they may read. Of quotients and digits they read no more than
/// they must.
constexpr std::size_t kGolombOverrun = 32;

/// A block of coded indices: of each a remainder below M, from its `low_bits` low bits and, unless
/// `digits` is null, a digit of base 3, five to a byte, times 2^low_bits; and a one, behind as many
/// zeros as its quotient says, among the bits of `quotients` from `bit` < 8 on.
/// What is told must be there: `count` ones, and no byte of digits above 242.
struct GolombBlock {
  const std::byte* low = nullptr;
  const std::byte* digits = nullptr;
  unsigned low_bits = 0;
  std::uint32_t modulus = 1;  // M
  std::size_t count = 0;      // 1 to kGolombBlock
  // These three move on when the block has been read.
  const std::byte* quotients = nullptr;
  unsigned bit = 0;
  std::uint32_t before = 0;  // the index before the first one
};

/// Reads its indices, modulo 2^32.
void read_indices(GolombBlock& block, std::uint32_t* indices);

/// y[index_i] += weight * values_i, in float, for its indices, which lie in y. `values`: floats,
/// little-endian, at any address.
void add_entries(GolombBlock& block, const std::byte* values, float weight, float* y);

/// The sum of its remainders and of its quotients, which moves it on but for `before`.
struct GolombSums {
  std::uint64_t remainders = 0;
  std::uint64_t quotients = 0;
};
GolombSums sum_up(GolombBlock& block);

}  // namespace hearsay::simd
