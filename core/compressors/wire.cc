#include "core/compressors/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "core/vector_ops.h"

namespace hearsay::wire {

namespace {

/// The first of `count` floats whose bits, after `map`, are not those of a finite positive number
/// or zero; `count` when there is none. One pass without a branch per float while all is well.
template <class Map>
std::size_t first_above(ByteView bytes, std::size_t count, Map map) {
  assert(bytes.size() >= 4 * count);
  constexpr std::uint32_t kLargestFinite = 0x7f7fffffU;
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i)
    largest = std::max(largest, map(load<std::uint32_t>(bytes.data() + 4 * i)));
  if (largest <= kLargestFinite) return count;
  std::size_t first = 0;
  while (map(load<std::uint32_t>(bytes.data() + 4 * first)) <= kLargestFinite) ++first;
  return first;
}

}  // namespace

std::optional<std::string> check_size(ByteView payload, std::size_t expected) {
  if (payload.size() == expected) return std::nullopt;
  return fmt::format("payload of {} bytes, expected {}", payload.size(), expected);
}

std::optional<std::string> check_least_size(ByteView payload, std::size_t least) {
  if (payload.size() >= least) return std::nullopt;
  return fmt::format("payload of {} bytes, expected at least {}", payload.size(), least);
}

std::optional<std::string> check_finite(ByteView bytes, std::size_t count, const char* what) {
  assert(bytes.size() >= 4 * count);
  if (all_finite(bytes.first(4 * count))) return std::nullopt;
  const std::size_t bad =
      first_above(bytes, count, [](std::uint32_t bits) { return bits & 0x7fffffffU; });
  return fmt::format("{} {} is not finite", what, bad);
}

std::optional<std::string> check_magnitudes(ByteView bytes, std::size_t count, const char* what) {
  const std::size_t bad = first_above(bytes, count, [](std::uint32_t bits) { return bits; });
  if (bad == count) return std::nullopt;
  return fmt::format("{} {} is not a finite magnitude", what, bad);
}

std::optional<std::string> check_tail(ByteView bytes, std::size_t count) {
  assert(bytes.size() == bytes_for_bits(count));
  if (count % 8 == 0 || std::to_integer<unsigned>(bytes.back()) >> (count % 8) == 0)
    return std::nullopt;
  return "unused bits at the end are not zero";
}

}  // namespace hearsay::wire
