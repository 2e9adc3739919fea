#include "tools/screen.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "tools/styled_line.h"

namespace hearsay {

namespace {

const char* const kHideCursor = "\x1b[?25l";
const char* const kShowCursor = "\x1b[?25h";
const char* const kWrapOff = "\x1b[?7l";  // what is too long is cut off
const char* const kWrapOn = "\x1b[?7h";
const char* const kClearLine = "\x1b[K";              // to its end
const char* const kClearWholeLine = "\x1b[2K\x1b[B";  // and down
const char* const kClearBelow = "\x1b[J";             // from the cursor on

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

winsize size_of(int file) {
  winsize size{};
  ioctl(file, TIOCGWINSZ, &size);
  if (size.ws_col == 0) size.ws_col = 80;
  if (size.ws_row == 0) size.ws_row = 24;
  return size;
}

sigset_t only_sigcont() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCONT);
  return signals;
}

/// Whether the process was stopped and goes on, since this was asked the last time.
bool was_continued() {
  const sigset_t signals = only_sigcont();
  const timespec at_once{};
  return sigtimedwait(&signals, nullptr, &at_once) == SIGCONT;
}

}  // namespace

bool can_redraw(int file) {
  const std::string term = variable("TERM");
  return isatty(file) != 0 && !term.empty() && term != "dumb";
}

bool can_colour(int file) {
  return can_redraw(file) && variable("NO_COLOR").empty();
}

bool speaks_utf8() {
  // By the name: a terminal knows UTF-8 also where the locale of that name is not installed.
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string locale = variable(name);
    if (locale.empty()) continue;
    for (char& c : locale) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

Screen::Screen(int file) : file_(file), unicode_(speaks_utf8()), colour_(can_colour(file)) {
  // A process that was stopped (Ctrl-Z) goes on at SIGCONT also where it is blocked; it is looked
  // for later, and interrupts nobody who waits for something else.
  const sigset_t signals = only_sigcont();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::fflush(nullptr);  // what was printed before stands above
}

Canvas Screen::canvas() const {
  const winsize size = size_of(file_);
  return {.width = std::max<std::size_t>(size.ws_col, 2) - 1,
          .height = std::max<std::size_t>(size.ws_row, 2) - 1,
          .unicode = unicode_,
          .colour = colour_};
}

bool Screen::ready() const {
  const pid_t foreground = tcgetpgrp(file_);
  if (foreground > 0 && foreground != getpgrp()) return false;
  pollfd item{file_, POLLOUT, 0};
  return poll(&item, 1, 0) == 1 && (item.revents & POLLOUT) != 0;
}

/// From the cursor's line to the first line that was drawn, and to its beginning. Most terminals
/// wrap what they show when they become narrower, and keep in mind what was wrapped until it is
/// cleared.
std::string Screen::to_the_top() {
  const std::size_t columns = size_of(file_).ws_col;
  std::size_t rows = 0;
  for (const std::string& line : lines_)
    rows += std::max<std::size_t>(1, (display_width(line) + columns - 1) / columns);
  const std::string up = rows == 0 ? "\r" : fmt::format("\r\x1b[{}A", rows);
  if (std::exchange(columns_, columns) == columns || rows == 0) return up;
  // Line by line: some terminals take all from the top to the end for a page, and keep a copy.
  std::string text = up;
  for (std::size_t row = 0; row < rows; ++row) text += kClearWholeLine;
  return text + up;
}

std::string Screen::frame() const {
  std::string text = kWrapOff;
  for (const std::string& line : lines_) text += line + kClearLine + "\n";
  return text + kClearBelow + kWrapOn;
}

void Screen::draw(std::vector<std::string> lines) {
  if (was_continued()) lines_.clear();  // the shell has printed below them
  const std::string up = to_the_top();
  lines_ = std::move(lines);
  write_all(kHideCursor + up + frame() + kShowCursor);
}

void Screen::print_above(const std::string& text) {
  if (was_continued()) lines_.clear();
  std::string above;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    above += printable(text.substr(begin, end - begin)) + kClearLine + "\n";
    begin = end + 1;
  }
  write_all(kHideCursor + to_the_top() + above + frame() + kShowCursor);
}

void Screen::write_all(const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(file_, text.data() + written, text.size() - written);
    if (count > 0) {
      written += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      pollfd item{file_, POLLOUT, 0};
      poll(&item, 1, -1);
    } else if (errno != EINTR) {
      return;  // the terminal is gone, and the run goes on
    }
  }
}

}  // namespace hearsay
