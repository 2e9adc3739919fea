#include "core/data/line_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/dataset.h"

namespace hearsay {

LineReader::LineReader(ByteStream& stream) : stream_(stream), buffer_(std::size_t{1} << 17U) {}

bool LineReader::next(std::string_view& line) {
  std::size_t searched = 0;  // bytes of the line that are known to hold no end
  for (;;) {
    const char* start = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    if (const void* newline = std::memchr(start + searched, '\n', size - searched)) {
      line = std::string_view(start, static_cast<const char*>(newline) - start);
      begin_ += line.size() + 1;
      break;
    }
    if (ended_) {
      if (size == 0) return false;
      line = std::string_view(start, size);
      begin_ = end_;
      break;
    }
    searched = size;
    refill();
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (++number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  return true;
}

void LineReader::refill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
  const std::size_t count = stream_.read(std::span<char>(buffer_).subspan(end_));
  ended_ = count == 0;
  end_ += count;
}

void LineReader::fail_at(std::uint64_t line, const std::string& message) const {
  throw DataError(fmt::format("{}:{}: {}", stream_.name(), line, message));
}

bool parse_number(std::string_view text, double& number) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && std::isfinite(number);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::size_t size = std::min(kLongest, text.size());
  // Whole characters only, where the text is UTF-8.
  while (size > 0 && size < text.size() &&
         (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U)
    --size;
  std::string shown;
  for (const char c : text.substr(0, size)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      shown += fmt::format("\\x{:02x}", byte);
    else
      shown += c;
  }
  return size < text.size() ? shown + "..." : shown;
}

}  // namespace hearsay
