#include "core/compressors/indices.h"

#include <fmt/format.h>

#include <bit>
#include <cassert>

#include "core/compressors/wire.h"

namespace hearsay {

std::uint64_t index_bits(std::size_t dimension) {
  assert(dimension >= 1);
  return static_cast<std::uint64_t>(std::bit_width(dimension - 1));
}

void store_indices(std::span<const std::uint32_t> indices, std::byte* to) {
  for (std::size_t i = 0; i < indices.size(); ++i) wire::store(to + 4 * i, indices[i]);
}

std::optional<std::string> check_indices(ByteView bytes, std::size_t count, std::size_t dimension) {
  assert(bytes.size() >= 4 * count);
  std::uint64_t lowest = 0;  // the least index that may stand here
  for (std::size_t i = 0; i < count; ++i) {
    const auto index = wire::load<std::uint32_t>(bytes.data() + 4 * i);
    if (index < lowest) return fmt::format("index {} is not above the one before it", index);
    if (index >= dimension)
      return fmt::format("index {} in a vector of {} coordinates", index, dimension);
    lowest = std::uint64_t{index} + 1;
  }
  return std::nullopt;
}

void mark_indices(ByteView bytes, std::size_t count, Coverage& coverage) {
  assert(bytes.size() >= 4 * count);
  coverage.begin_message();
  for (std::size_t i = 0; i < count; ++i)
    coverage.mark(wire::load<std::uint32_t>(bytes.data() + 4 * i));
}

}  // namespace hearsay
