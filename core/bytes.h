// Numbers to bytes and back, little-endian, built byte by byte: no host layout is assumed and no
// cast reinterprets memory. The reader checks every length against what is left.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/types.h"

namespace hearsay {

class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  void u8(std::uint8_t value) { put(value); }
  void u16(std::uint16_t value) { put(value); }
  void u32(std::uint32_t value) { put(value); }
  void u64(std::uint64_t value) { put(value); }
  void f64(double value) { put(std::bit_cast<std::uint64_t>(value)); }
  void bytes(ByteView value) { out_.insert(out_.end(), value.begin(), value.end()); }

  /// Length (u64), then the content.
  void text(std::string_view value);
  void floats(ConstVectorView values);
  void doubles(std::span<const double> values);

 private:
  template <class T>
  void put(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
      out_.push_back(
          static_cast<std::byte>((static_cast<std::uint64_t>(value) >> (8 * i)) & 0xffU));
  }

  Bytes& out_;
};

/// After the first read beyond the end every read gives zero or empty, and ok() is false.
class ByteReader {
 public:
  explicit ByteReader(ByteView in) : in_(in) {}

  std::uint8_t u8() { return get<std::uint8_t>(); }
  std::uint16_t u16() { return get<std::uint16_t>(); }
  std::uint32_t u32() { return get<std::uint32_t>(); }
  std::uint64_t u64() { return get<std::uint64_t>(); }
  double f64() { return std::bit_cast<double>(get<std::uint64_t>()); }
  ByteView bytes(std::size_t size);

  std::string text();
  Vector floats();
  std::vector<double> doubles();

  bool ok() const { return ok_; }
  std::size_t left() const { return in_.size(); }

 private:
  template <class T>
  T get() {
    const ByteView raw = bytes(sizeof(T));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < raw.size(); ++i)
      value |= std::to_integer<std::uint64_t>(raw[i]) << (8 * i);
    return static_cast<T>(value);
  }
  /// A length field, in items of `item` bytes; 0 and not ok when more than what is left.
  std::size_t length(std::size_t item);

  ByteView in_;
  bool ok_ = true;
};

}  // namespace hearsay
