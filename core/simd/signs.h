// Signs of vectors as bits: bit j % 8 of byte j / 8 belongs to coordinate j; 1 means negative, and
// zero of either sign is not. Compiled for several CPUs (Highway); all give the same bits.
#pragma once

#include "core/types.h"

namespace hearsay::simd {

/// Writes the signs of v over (d + 7) / 8 bytes, unused bits zero, and returns ||v||_1 in double,
/// as norm1() does. v = x.
double pack_signs(ConstVectorView x, std::byte* to);

/// v = x - y.
double pack_signs_of_difference(ConstVectorView x, ConstVectorView y, std::byte* to);

/// v = x + y, left in y.
double pack_signs_of_sum(ConstVectorView x, VectorView y, std::byte* to);

/// y_j += scale or -scale, as the bit says, for begin <= j < end; `bits` and y start at
/// coordinate 0.
void add_signs(const std::byte* bits, std::size_t begin, std::size_t end, float scale,
               VectorView y);

}  // namespace hearsay::simd
