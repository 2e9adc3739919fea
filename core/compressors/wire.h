// Numbers to little-endian bytes and back, for the payloads of compressors.
//
// Everything is copied with memcpy, so a payload may start at any address.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "core/types.h"

namespace hearsay::wire {

// A big-endian host would need its bytes swapped in the two functions below, and nowhere else.
static_assert(std::endian::native == std::endian::little);

/// T is an unsigned integer or float.
template <class T>
void store(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// Appends `size` bytes to `out`, all of which the caller is to write, and returns where they
/// start.
inline std::byte* grow(Bytes& out, std::size_t size) {
  const std::size_t begin = out.size();
  out.resize(begin + size);
  return out.data() + begin;
}

/// The bytes that `count` bits fill.
constexpr std::size_t bytes_for_bits(std::size_t count) {
  return count / 8 + (count % 8 != 0 ? 1 : 0);
}

/// What is wrong with the length of a payload that must have `expected` bytes.
std::optional<std::string> check_size(ByteView payload, std::size_t expected);

/// The same for one that must have `least` bytes and may have more.
std::optional<std::string> check_least_size(ByteView payload, std::size_t least);

/// Nothing when the `count` floats at the start of `bytes` are finite; else which one is not.
std::optional<std::string> check_finite(ByteView bytes, std::size_t count, const char* what);

/// Nothing when the `count` floats at the start of `bytes` are finite and their sign bit is 0, as
/// norms and scales are; else which one is not.
std::optional<std::string> check_magnitudes(ByteView bytes, std::size_t count, const char* what);

/// The bits behind the first `count` bits of `bytes` (least significant first) must be zero: equal
/// vectors have equal payloads, and no bit of a message is free.
std::optional<std::string> check_tail(ByteView bytes, std::size_t count);

}  // namespace hearsay::wire
