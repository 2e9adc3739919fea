// A line of text with styles, as wide as it looks.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hearsay {

/// The columns that a text takes: one a code point, none for the sequences that set colours. Of the
/// characters that are printed here, that is right.
std::size_t display_width(std::string_view text);

/// Without control characters, which would do something to a terminal.
std::string printable(std::string_view text);

enum class Style { plain, dim, bold, chart, notice, bad };

class StyledLine {
 public:
  StyledLine() = default;
  explicit StyledLine(std::string text, Style style = Style::plain) { add(std::move(text), style); }

  StyledLine& add(std::string_view text, Style style = Style::plain);
  StyledLine& add(const StyledLine& line);
  /// Blanks up to that column; none when it is there already.
  StyledLine& pad_to(std::size_t column);

  std::size_t width() const { return width_; }

  /// What is beyond `width` columns is cut off.
  std::string render(std::size_t width, bool colour) const;

 private:
  struct Span {
    std::string text;
    Style style;
  };
  std::vector<Span> spans_;
  std::size_t width_ = 0;
};

/// The items side by side, on as many lines as they need; those after the first line are indented.
std::vector<StyledLine> flow(const std::vector<StyledLine>& items, std::size_t width,
                             std::size_t gap, std::size_t indent = 0);

}  // namespace hearsay
