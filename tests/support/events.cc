#include "tests/support/events.h"

#include <algorithm>
#include <bit>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace hearsay::testing {

namespace {

/// Bit by bit, as the polynomial is written.
std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

/// Takes bytes from the front.
class Bytes {
 public:
  explicit Bytes(std::string_view left) : left_(left) {}

  bool empty() const { return left_.empty(); }
  std::string_view take(std::uint64_t size) {
    if (size > left_.size()) throw std::runtime_error("cut short");
    const std::string_view taken = left_.substr(0, size);
    left_.remove_prefix(size);
    return taken;
  }
  std::uint64_t fixed(int size) {
    std::uint64_t value = 0;
    const std::string_view raw = take(static_cast<std::uint64_t>(size));
    for (int k = size - 1; k >= 0; --k)
      value = value * 256 + static_cast<unsigned char>(raw[static_cast<std::size_t>(k)]);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = fixed(1);
      value |= (byte & 0x7FU) << shift;
      if (byte < 0x80U) return value;
    }
    throw std::runtime_error("a number without an end");
  }

 private:
  std::string_view left_;
};

/// The number of a field and how it is written, as one number: 10 * field + wire type.
unsigned key_of(Bytes& in) {
  const std::uint64_t key = in.varint();
  return static_cast<unsigned>(10 * (key >> 3U) + (key & 7U));
}

[[noreturn]] void unknown(unsigned key) {
  throw std::runtime_error("unexpected field " + std::to_string(key / 10));
}

std::pair<std::string, float> scalar_of(std::string_view message) {
  std::pair<std::string, float> scalar;
  for (Bytes in(message); !in.empty();) {
    switch (const unsigned key = key_of(in)) {
      case 12:
        scalar.first = in.take(in.varint());
        break;
      case 25:
        scalar.second = std::bit_cast<float>(static_cast<std::uint32_t>(in.fixed(4)));
        break;
      default:
        unknown(key);
    }
  }
  return scalar;
}

Event event_of(std::string_view message) {
  Event event;
  for (Bytes in(message); !in.empty();) {
    switch (const unsigned key = key_of(in)) {
      case 11:
        event.wall_time = std::bit_cast<double>(in.fixed(8));
        break;
      case 20:
        event.step = static_cast<std::int64_t>(in.varint());
        break;
      case 32:
        event.file_version = in.take(in.varint());
        break;
      case 52:
        for (Bytes summary(in.take(in.varint())); !summary.empty();) {
          if (const unsigned value = key_of(summary); value != 12) unknown(value);
          event.scalars.push_back(scalar_of(summary.take(summary.varint())));
        }
        break;
      case 72: {
        Bytes log(in.take(in.varint()));
        event.start = key_of(log) == 10 && log.varint() == 1 && log.empty();
        break;
      }
      default:
        unknown(key);
    }
  }
  return event;
}

}  // namespace

std::vector<Event> events_of(const std::string& bytes) {
  if (crc32c("123456789") != 0xE3069283U) throw std::logic_error("this is no CRC-32C");
  const auto unmasked = [](std::uint64_t sum) {
    return std::rotl(static_cast<std::uint32_t>(sum) - 0xa282ead8U, 15);
  };
  std::vector<Event> events;
  for (Bytes in(bytes); !in.empty();) {
    const std::string_view length = in.take(8);
    if (unmasked(in.fixed(4)) != crc32c(length)) throw std::runtime_error("wrong sum of a length");
    const std::string_view event = in.take(Bytes(length).fixed(8));
    if (unmasked(in.fixed(4)) != crc32c(event)) throw std::runtime_error("wrong sum of an event");
    events.push_back(event_of(event));
  }
  return events;
}

std::vector<std::filesystem::path> event_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().find("tfevents") != std::string::npos)
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::map<std::string, std::map<std::int64_t, float>> shown_scalars(
    const std::filesystem::path& folder) {
  std::map<std::string, std::map<std::int64_t, float>> shown;
  for (const auto& file : event_files(folder)) {
    std::ostringstream bytes;
    bytes << std::ifstream(file, std::ios::binary).rdbuf();
    for (const Event& event : events_of(bytes.str())) {
      if (event.start)
        for (auto& [tag, points] : shown)
          points.erase(points.lower_bound(event.step), points.end());
      for (const auto& [tag, value] : event.scalars) shown[tag][event.step] = value;
    }
  }
  return shown;
}

}  // namespace hearsay::testing
