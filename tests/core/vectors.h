// Vectors, bytes and bitwise comparisons for the tests of the core.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "core/compressor.h"
#include "core/random.h"
#include "core/types.h"

namespace hearsay::testing {

inline Stream stream_of(std::uint64_t seed) {
  return Stream({seed, Purpose::synthetic, 0, 0, 0});
}

/// Box-Muller: enough for test data.
inline float gaussian(Stream& stream) {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - stream.uniform()));
  return static_cast<float>(radius * std::cos(2.0 * std::numbers::pi * stream.uniform()));
}

inline Vector gaussian_vector(std::size_t d, std::uint64_t seed) {
  Stream stream = stream_of(seed);
  Vector x(d);
  for (float& value : x) value = gaussian(stream);
  return x;
}

/// Bits as integers: NaN equals itself and -0.0 is not 0.0.
inline std::vector<std::uint32_t> bits_of(ConstVectorView x) {
  std::vector<std::uint32_t> result;
  for (const float value : x) result.push_back(std::bit_cast<std::uint32_t>(value));
  return result;
}

inline std::string hex(ByteView bytes) {
  std::string result;
  for (const std::byte byte : bytes) result += fmt::format("{:02x}", std::to_integer<int>(byte));
  return result;
}

/// "00 00 80 3f" to bytes; blanks are for the reader.
inline Bytes from_hex(const std::string& text) {
  std::string digits;
  for (const char c : text)
    if (c != ' ') digits += c;
  Bytes result;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    result.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return result;
}

/// The message for x alone.
inline Bytes encoded(const Compressor& compressor, ConstVectorView x, std::uint64_t seed = 1) {
  Stream stream = stream_of(seed);
  Workspace work;
  Bytes out;
  compressor.encode(x, stream, work, out);
  return out;
}

/// C(x) of a payload that passes the check.
inline Vector decoded(const Compressor& compressor, ByteView payload) {
  EXPECT_EQ(compressor.check(payload), std::nullopt);
  Vector y(compressor.dimension());
  compressor.decode_add(payload, 1.0F, y);
  return y;
}

inline Vector compressed(const Compressor& compressor, ConstVectorView x, std::uint64_t seed = 1) {
  return decoded(compressor, encoded(compressor, x, seed));
}

/// Settings from key-value pairs; the part's name is the first entry.
inline Params settings(std::initializer_list<Entry> entries) {
  Params result;
  for (const Entry& entry : entries) result.set(entry.key, entry.value);
  return result;
}

/// A compressor with its defaults filled in.
inline std::unique_ptr<Compressor> compressor_of(const Params& given, const Layout& layout) {
  return make_compressor(complete(compressors().at(given.part()), given), layout);
}

inline std::unique_ptr<Compressor> compressor_of(const Params& given, std::size_t dimension) {
  return compressor_of(given, Layout::flat(dimension));
}

/// The message of the error that `call` throws, or "" when it throws none.
template <class Error, class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// The key that the ParamError of `call` names.
template <class Call>
std::string key_of(Call call) {
  try {
    call();
  } catch (const ParamError& error) {
    return error.key();
  }
  return {};
}

}  // namespace hearsay::testing
