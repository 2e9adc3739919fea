#include "tools/styled_line.h"

namespace hearsay {

namespace {

constexpr char kEscape = '\x1b';

bool continues_a_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// The bytes of the first `columns` characters.
std::string_view first_characters(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  while (end < text.size()) {
    if (!continues_a_character(text[end]) && columns-- == 0) break;
    ++end;
  }
  return text.substr(0, end);
}

/// The 16 colours that every palette has; what they tell is told by shapes as well.
const char* sequence_of(Style style) {
  switch (style) {
    case Style::dim:
      return "\x1b[2m";
    case Style::bold:
      return "\x1b[1m";
    case Style::chart:
      return "\x1b[36m";
    case Style::notice:
      return "\x1b[33m";
    case Style::bad:
      return "\x1b[1;31m";
    case Style::plain:
      break;
  }
  return "";
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t k = 0; k < text.size(); ++k) {
    if (text[k] == kEscape) {  // ESC [ numbers letter
      while (k + 1 < text.size() && text[k] != 'm') ++k;
    } else if (!continues_a_character(text[k])) {
      ++columns;
    }
  }
  return columns;
}

std::string printable(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (static_cast<unsigned char>(c) < 0x20U || c == '\x7f') c = '?';
  return result;
}

StyledLine& StyledLine::add(std::string_view text, Style style) {
  if (text.empty()) return *this;
  width_ += display_width(text);
  if (!spans_.empty() && spans_.back().style == style)
    spans_.back().text += text;
  else
    spans_.push_back({std::string(text), style});
  return *this;
}

StyledLine& StyledLine::add(const StyledLine& line) {
  for (const Span& span : line.spans_) add(span.text, span.style);
  return *this;
}

StyledLine& StyledLine::pad_to(std::size_t column) {
  if (column > width_) add(std::string(column - width_, ' '));
  return *this;
}

std::string StyledLine::render(std::size_t width, bool colour) const {
  std::string result;
  for (const Span& span : spans_) {
    if (width == 0) break;
    const std::string_view text = first_characters(span.text, width);
    width -= display_width(text);
    const bool styled = colour && span.style != Style::plain;
    if (styled) result += sequence_of(span.style);
    result += text;
    if (styled) result += "\x1b[0m";
  }
  return result;
}

std::vector<StyledLine> flow(const std::vector<StyledLine>& items, std::size_t width,
                             std::size_t gap, std::size_t indent) {
  std::vector<StyledLine> lines;
  bool begins = true;  // nothing but the indent is on the line
  for (const StyledLine& item : items) {
    if (lines.empty() || (!begins && lines.back().width() + gap + item.width() > width)) {
      lines.emplace_back();
      if (lines.size() > 1) lines.back().pad_to(indent);
      begins = true;
    }
    if (!begins) lines.back().pad_to(lines.back().width() + gap);
    lines.back().add(item);
    begins = false;
  }
  return lines;
}

}  // namespace hearsay
