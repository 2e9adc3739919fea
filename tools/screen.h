// A few lines at the end of what a terminal shows, redrawn in place.
//
// The cursor rests on a line of its own below them, and is hidden only within the one write that
// draws: however the process ends, the terminal is as it was, with what was drawn last above the
// prompt.
#pragma once

#include <string>
#include <vector>

#include "tools/live_view.h"

namespace hearsay {

/// Whether lines can be redrawn there: a terminal, and not a dumb one (TERM).
bool can_redraw(int file);
/// Whether text there may be coloured: the same, unless NO_COLOR is set (https://no-color.org).
bool can_colour(int file);
/// Whether the locale's characters are UTF-8 (LC_ALL, LC_CTYPE, LANG).
bool speaks_utf8();

class Screen {
 public:
  /// SIGCONT is blocked from then on.
  explicit Screen(int file);

  /// As the terminal is now, less a column and the cursor's line. Lines that fill the last column
  /// are wrapped by some terminals.
  Canvas canvas() const;

  /// Whether a frame can be drawn without waiting: not on a terminal that is held (Ctrl-S) or slow,
  /// nor from the background.
  bool ready() const;

  /// In place of what was drawn before.
  void draw(std::vector<std::string> lines);

  /// Lines that scroll away above, and stay.
  void print_above(const std::string& text);

 private:
  std::string to_the_top();
  std::string frame() const;
  void write_all(const std::string& text);

  int file_;
  bool unicode_;
  bool colour_;
  std::vector<std::string> lines_;  // that were drawn last,
  std::size_t columns_ = 0;         // on a terminal so wide
};

}  // namespace hearsay
