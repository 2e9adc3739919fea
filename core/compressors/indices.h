// The indices of a sparse message: k x u32, ascending.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/coverage.h"
#include "core/types.h"

namespace hearsay {

/// ceil(log2 d), what the papers count for an index. d >= 1.
std::uint64_t index_bits(std::size_t dimension);

/// Writes 4 bytes an index.
void store_indices(std::span<const std::uint32_t> indices, std::byte* to);

/// What is wrong with the `count` indices at the start of `bytes`: each must be above the one
/// before it and below d.
std::optional<std::string> check_indices(ByteView bytes, std::size_t count, std::size_t dimension);

/// Marks a message of these indices. They must have passed the check.
void mark_indices(ByteView bytes, std::size_t count, Coverage& coverage);

}  // namespace hearsay
