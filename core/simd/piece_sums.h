// Sums of a few entries of a table for each of many rows, by numbers of 16 bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearsay::simd {

/// Four places in a table as one word, the first in the lowest bits.
constexpr unsigned kPlaceBits = 16;
constexpr std::size_t kPlaces = 4;

/// How a CPU looks up entries of a table.
enum class LookUp {
  gathers,  // of vectors, where it has them
  loads,    // one by one: as quick as the first cache where gathers are taken apart anyway
};
LookUp best_look_up();  // of this CPU

/// sums[r] = 0 + ((t_a + t_b) + (t_c + t_d)) + ... over the `per_row` words of row r, in order, for
/// r < rows, where a, b, c, d are the places in a word: the same bits on every CPU. Row r has the
/// words from per_row * r on.
void piece_sums(const std::uint64_t* words, std::size_t per_row, std::size_t rows,
                const double* table, double* sums, LookUp way = best_look_up());

}  // namespace hearsay::simd
