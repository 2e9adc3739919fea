// What a terminal shows of the bytes that a program has sent to it: enough of one for what
// `hearsay` prints.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hearsay::testing {

class VirtualTerminal {
 public:
  VirtualTerminal(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows) {
    lines_.emplace_back();
  }

  /// Throws std::runtime_error at a control sequence that it does not know.
  void feed(std::string_view bytes);

  /// All lines, with those that have scrolled away; colours and blanks at the ends are left out.
  std::vector<std::string> lines() const;
  std::string text() const;  // the same, with newlines
  bool shows_cursor() const { return shows_cursor_; }
  /// The row of the cursor among all lines.
  std::size_t cursor_row() const { return row_; }
  /// Characters that were lost beyond the last column.
  std::size_t cut() const { return cut_; }

 private:
  std::size_t control_sequence(std::string_view bytes);
  void put(std::string character);
  void go_to_row(std::size_t row);

  std::size_t columns_;
  std::size_t rows_;
  std::vector<std::vector<std::string>> lines_;  // of characters
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  std::size_t cut_ = 0;
  bool wraps_ = true;
  bool shows_cursor_ = true;
};

}  // namespace hearsay::testing
