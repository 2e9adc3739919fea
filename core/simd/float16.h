// float16 to float. Compiled for several CPUs (Highway); all give the same.
#pragma once

#include <cstddef>

namespace hearsay::simd {

/// values_i = h_i * unit for `count` finite IEEE binary16 numbers h_i from `halves` on,
/// little-endian at any address. h_i as a float is exact, and denormal numbers are not met on the
/// way to it.
void widen(const std::byte* halves, std::size_t count, float unit, float* values);

}  // namespace hearsay::simd
