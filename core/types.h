// The few names that every layer shares.
//
// A model is a flat vector of d float32 values. Owners hold a Vector, functions take views.
// Reductions over such a vector (norms, means, losses) accumulate in double: see core/vector_ops.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/line_allocator.h"
#include "core/raw_allocator.h"

namespace hearsay {

using Vector = std::vector<float, LineAllocator<float>>;
using VectorView = std::span<float>;
using ConstVectorView = std::span<const float>;

/// Bytes(n) and resize(n) leave new bytes without a value: give one where it matters.
using Bytes = std::vector<std::byte, RawAllocator<std::byte>>;
using ByteView = std::span<const std::byte>;

/// A vertex of the graph, 0 <= id < n. On a star with a server the server is node 0.
using NodeId = std::uint32_t;

/// The iteration t of the algorithm, counted from 1; round 0 is the state before the first one.
using Round = std::uint64_t;

}  // namespace hearsay
