#include "nodes/config/quote.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace hearsay {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (byte < 0x20 || byte == 0x7F)
      result += fmt::format("\\x{:02x}", byte);
    else
      result += c;
  }
  return result;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool is_plain(std::string_view text) {
  // Words that YAML readers take for booleans, nulls or numbers.
  static constexpr std::array<std::string_view, 11> kTaken = {
      "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"};
  if (text.empty()) return false;
  const char first = text.front();
  const bool relative_path = text.substr(0, 2) == "./" || text.substr(0, 3) == "../";
  if (!is_letter(first) && first != '/' && first != '_' && !relative_path) return false;
  const bool safe = std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '/';
  });
  return safe && std::find(kTaken.begin(), kTaken.end(), lower(text)) == kTaken.end();
}

}  // namespace

std::string quote(std::string_view text) {
  std::string inner;
  for (const char c : text) {
    if (c == '"' || c == '\\') inner += '\\';
    inner += c;
  }
  return '"' + escaped(inner) + '"';
}

std::string quote_if_needed(std::string_view text) {
  return is_plain(text) ? std::string(text) : quote(text);
}

std::string cut_short(std::string_view text, std::size_t most) {
  const auto continues = [](char byte) {
    return (static_cast<std::uint8_t>(byte) & 0xC0U) == 0x80U;
  };
  std::size_t size = std::min(most, text.size());
  while (size > 0 && size < text.size() && continues(text[size])) --size;
  return std::string(text.substr(0, size)) + (size < text.size() ? "..." : "");
}

std::string one_line(std::string_view text) {
  return escaped(text);
}

std::string harmless(std::string_view text) {
  constexpr std::size_t kMost = 4000;
  const std::string cut = cut_short(text, kMost);
  std::string result;
  for (std::size_t at = 0; at < cut.size(); ++at) {
    const auto next = static_cast<std::uint8_t>(at + 1 < cut.size() ? cut[at + 1] : 0);
    if (cut[at] == '\xc2' && next >= 0x80 && next < 0xa0) {  // U+0080 to U+009F
      result += fmt::format("\\x{:02x}", next);
      ++at;
    } else if (cut[at] == '\n') {
      result += '\n';
    } else {
      result += escaped(std::string_view(cut).substr(at, 1));
    }
  }
  return result;
}

}  // namespace hearsay
