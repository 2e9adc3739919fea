// Looks for the entries of large magnitude in one pass over a vector, or over what is made of two.
// Compiled for several CPUs (Highway); all find the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/types.h"

namespace hearsay::simd {

/// |x| as an integer: orders like the magnitude, with NaN above infinity.
constexpr std::uint32_t kMagnitude = 0x7fffffffU;
constexpr std::uint32_t kInfinity = 0x7f800000U;

/// Where entries are appended, by ascending place. Both arrays need room for kSlack entries more
/// than those that are found.
struct Candidates {
  static constexpr std::size_t kSlack = 64;
  std::uint32_t* places = nullptr;
  float* values = nullptr;
  std::size_t count = 0;
};

/// Appends the entries j, begin <= j < end, of v whose magnitude is at least `threshold` (as
/// an integer, at most kMagnitude), and returns the largest magnitude of all of them. v = x.
std::uint32_t scan(ConstVectorView x, std::size_t begin, std::size_t end, std::uint32_t threshold,
                   Candidates& found);

/// v = x - y.
std::uint32_t scan_difference(ConstVectorView x, ConstVectorView y, std::size_t begin,
                              std::size_t end, std::uint32_t threshold, Candidates& found);

/// v = x + y, left in y.
std::uint32_t scan_sum(ConstVectorView x, VectorView y, std::size_t begin, std::size_t end,
                       std::uint32_t threshold, Candidates& found);

/// Keeps those of a magnitude above `threshold`, and of the ones equal to it the first `ties`.
void keep_above(std::uint32_t threshold, std::size_t ties, Candidates& candidates);

/// Writes to `keys`, which have room for all candidates and kSlack more, the magnitudes from
/// `lowest` to `largest`, and returns how many they are.
std::size_t keys_within(const Candidates& candidates, std::uint32_t lowest, std::uint32_t largest,
                        std::span<std::uint32_t> keys);

}  // namespace hearsay::simd
