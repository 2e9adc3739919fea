#include "tests/tools/virtual_terminal.h"

#include <algorithm>
#include <stdexcept>

namespace hearsay::testing {

void VirtualTerminal::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const char first = bytes.front();
    std::size_t taken = 1;
    if (first == '\x1b') {
      taken = control_sequence(bytes);
    } else if (first == '\r') {
      column_ = 0;
    } else if (first == '\n') {
      go_to_row(row_ + 1);
    } else {
      while (taken < bytes.size() && (static_cast<unsigned char>(bytes[taken]) & 0xC0U) == 0x80U)
        ++taken;
      put(std::string(bytes.substr(0, taken)));
    }
    bytes.remove_prefix(taken);
  }
}

/// Its length.
std::size_t VirtualTerminal::control_sequence(std::string_view bytes) {
  const std::size_t end = bytes.find_first_not_of("0123456789;?", 2);
  if (bytes.size() < 3 || bytes[1] != '[' || end == std::string_view::npos)
    throw std::runtime_error("no whole control sequence");
  const std::string numbers(bytes.substr(2, end - 2));
  switch (bytes[end]) {
    case 'm':
      break;
    case 'A':  // up and down, no further than what is shown
    case 'B': {
      const std::size_t count = numbers.empty() ? 1 : std::stoul(numbers);
      const std::size_t top = lines_.size() - std::min(rows_, lines_.size());
      if (bytes[end] == 'A')
        row_ = std::max(top, row_ - std::min(row_, count));
      else
        row_ = std::min(lines_.size() - 1, row_ + count);
      break;
    }
    case 'J':
      lines_.resize(row_ + 1);
      [[fallthrough]];
    case 'K':
      if (numbers == "2")
        lines_[row_].clear();
      else
        lines_[row_].resize(std::min(column_, lines_[row_].size()));
      break;
    case 'h':
    case 'l':
      if (numbers == "?25") {
        shows_cursor_ = bytes[end] == 'h';
        break;
      }
      if (numbers == "?7") {
        wraps_ = bytes[end] == 'h';
        break;
      }
      [[fallthrough]];
    default:
      throw std::runtime_error("control sequence " + numbers + bytes[end]);
  }
  return end + 1;
}

void VirtualTerminal::put(std::string character) {
  if (column_ == columns_) {
    if (!wraps_) {
      ++cut_;
      return;
    }
    go_to_row(row_ + 1);
    column_ = 0;
  }
  std::vector<std::string>& line = lines_[row_];
  if (line.size() <= column_) line.resize(column_ + 1, " ");
  line[column_++] = std::move(character);
}

void VirtualTerminal::go_to_row(std::size_t row) {
  if (row >= lines_.size()) lines_.resize(row + 1);
  row_ = row;
}

std::vector<std::string> VirtualTerminal::lines() const {
  std::vector<std::string> result;
  for (const auto& line : lines_) {
    std::string& text = result.emplace_back();
    for (const std::string& character : line) text += character;
    text.erase(text.find_last_not_of(' ') + 1);
  }
  return result;
}

std::string VirtualTerminal::text() const {
  std::string result;
  for (const std::string& line : lines()) result += line + "\n";
  return result;
}

}  // namespace hearsay::testing
