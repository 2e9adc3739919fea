#include "nodes/event_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <boost/crc.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include "core/bytes.h"

namespace hearsay {

namespace {

namespace fs = std::filesystem;

const char* const kPrefix = "events.out.tfevents.";

std::string_view as_text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint32_t masked_sum(const Bytes& bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc32c;
  crc32c.process_bytes(bytes.data(), bytes.size());
  return std::rotr(static_cast<std::uint32_t>(crc32c.checksum()), 15) + 0xa282ead8U;
}

Bytes record_of(const Bytes& event) {
  Bytes length;
  ByteWriter(length).u64(event.size());
  Bytes record;
  ByteWriter out(record);
  out.bytes(length);
  out.u32(masked_sum(length));
  out.bytes(event);
  out.u32(masked_sum(event));
  return record;
}

/// A protocol buffer's fields, by number.
class Message {
 public:
  Message& integer(unsigned field, std::uint64_t value) {
    varint(field << 3U);
    varint(value);
    return *this;
  }
  Message& float64(unsigned field, double value) {
    varint(field << 3U | 1U);
    ByteWriter(bytes_).f64(value);
    return *this;
  }
  Message& float32(unsigned field, float value) {
    varint(field << 3U | 5U);
    ByteWriter(bytes_).u32(std::bit_cast<std::uint32_t>(value));
    return *this;
  }
  Message& text(unsigned field, std::string_view value) {
    varint(field << 3U | 2U);
    varint(value.size());
    ByteWriter(bytes_).bytes(std::as_bytes(std::span(value)));
    return *this;
  }
  Message& message(unsigned field, const Message& value) {
    return text(field, as_text(value.bytes_));
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  /// Seven bits a byte, the lowest first; the eighth says that more follow.
  void varint(std::uint64_t value) {
    for (; value >= 0x80U; value >>= 7U)
      ByteWriter(bytes_).u8(static_cast<std::uint8_t>(value | 0x80U));
    ByteWriter(bytes_).u8(static_cast<std::uint8_t>(value));
  }

  Bytes bytes_;
};

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::vector<std::string_view> cells_of(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  std::vector<std::string_view> cells;
  for (std::size_t comma = 0; (comma = line.find(',')) != std::string_view::npos;
       line.remove_prefix(comma + 1))
    cells.push_back(line.substr(0, comma));
  cells.push_back(line);
  return cells;
}

/// Beyond float32 is infinite: the cast alone would be undefined.
float to_float32(double value) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (std::abs(value) > kLargest)
    return std::copysign(std::numeric_limits<float>::infinity(), value < 0.0 ? -1.0F : 1.0F);
  return static_cast<float>(value);
}

template <class Number>
Number number_of(std::string_view cell) {
  Number value{};
  std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return value;
}

/// Of an event file's name, or nothing.
std::optional<std::int64_t> seconds_of(const std::string& name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  return number_of<std::int64_t>(std::string_view(name).substr(std::string_view(kPrefix).size()));
}

/// Those of all event files of the folder.
std::vector<std::int64_t> seconds_in(const fs::path& folder) {
  std::vector<std::int64_t> result;
  std::error_code error;  // what cannot be listed cannot be written to either, which will be said
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (const auto seconds = seconds_of(entry.path().filename().string()))
      result.push_back(*seconds);
  return result;
}

fs::path free_name(const fs::path& folder) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') host = {"localhost"};
  auto seconds = static_cast<std::int64_t>(now());
  for (const std::int64_t taken : seconds_in(folder)) seconds = std::max(seconds, taken + 1);
  return folder / fmt::format("{}{:010}.{}.hearsay", kPrefix, seconds, host.data());
}

Bytes version_record() {
  Message event;
  event.float64(1, now()).text(3, "brain.Event:2");
  return record_of(event.bytes());
}

}  // namespace

EventFile::EventFile(const fs::path& folder, std::string_view header)
    : file_(free_name(folder), as_text(version_record())) {
  for (const std::string_view column : cells_of(header)) columns_.emplace_back(column);
}

bool EventFile::exists_in(const fs::path& folder) {
  return !seconds_in(folder).empty();
}

void EventFile::append(std::string_view row) {
  const std::vector<std::string_view> cells = cells_of(row);
  Message summary;
  for (std::size_t k = 1; k < std::min(columns_.size(), cells.size()); ++k) {
    if (cells[k].empty() || columns_[k] == "epoch" || columns_[k] == "seconds") continue;
    Message value;
    value.text(1, columns_[k]).float32(2, to_float32(number_of<double>(cells[k])));
    summary.message(1, value);
  }
  Message event;
  event.float64(1, now()).integer(2, number_of<std::uint64_t>(cells.front())).message(5, summary);
  file_.append(as_text(record_of(event.bytes())));
}

void EventFile::restart_after(Round round) {
  Message start;
  start.integer(1, 1);
  Message event;
  event.float64(1, now()).integer(2, static_cast<std::uint64_t>(round) + 1).message(7, start);
  file_.append(as_text(record_of(event.bytes())));
}

}  // namespace hearsay
