// What memory allows: loops that read and write whole arrays and do next to nothing, for the limits
// that kernels are held against. Compiled for several CPUs like the kernels themselves.
#pragma once

#include <span>
#include <vector>

#include "core/types.h"

namespace hearsay::bench {

/// Reads the array once: the sum of it.
float read(ConstVectorView x);

/// Each of `updated` is read and written, each of `inputs` is read: 4 and 1 (the 5 reads and 4
/// writes of AMSGrad), or 5 and 2 (7 and 5: a whole round).
void touch(std::span<Vector> updated, std::span<const Vector> inputs);

/// Standard normal values.
Vector normal_vector(std::size_t size, std::uint64_t seed);

}  // namespace hearsay::bench
