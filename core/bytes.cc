#include "core/bytes.h"

#include <cstring>

namespace hearsay {

// Vectors are copied whole where the host is little-endian, which is also how they travel.
static_assert(std::endian::native == std::endian::little, "big-endian hosts need a byte swap here");

namespace {

template <class T>
void put_items(Bytes& out, std::span<const T> values) {
  const auto raw = std::as_bytes(values);
  out.insert(out.end(), raw.begin(), raw.end());
}

template <class Items>
Items items_of(ByteView raw) {
  Items values(raw.size() / sizeof(typename Items::value_type));
  if (!values.empty()) std::memcpy(values.data(), raw.data(), raw.size());
  return values;
}

}  // namespace

void ByteWriter::text(std::string_view value) {
  u64(value.size());
  put_items(out_, std::span<const char>(value));
}

void ByteWriter::floats(ConstVectorView values) {
  u64(values.size());
  put_items(out_, values);
}

void ByteWriter::doubles(std::span<const double> values) {
  u64(values.size());
  put_items(out_, values);
}

ByteView ByteReader::bytes(std::size_t size) {
  if (size > in_.size()) {
    ok_ = false;
    in_ = {};
    return {};
  }
  const ByteView result = in_.first(size);
  in_ = in_.subspan(size);
  return result;
}

std::size_t ByteReader::length(std::size_t item) {
  const std::uint64_t count = u64();
  if (count > in_.size() / item) {
    ok_ = false;
    in_ = {};
    return 0;
  }
  return static_cast<std::size_t>(count);
}

std::string ByteReader::text() {
  const std::vector<char> raw = items_of<std::vector<char>>(bytes(length(1)));
  return {raw.begin(), raw.end()};
}

Vector ByteReader::floats() {
  return items_of<Vector>(bytes(length(sizeof(float)) * sizeof(float)));
}

std::vector<double> ByteReader::doubles() {
  return items_of<std::vector<double>>(bytes(length(sizeof(double)) * sizeof(double)));
}

}  // namespace hearsay
