// A file descriptor that becomes readable at a given time, for poll: finer than its milliseconds.
#pragma once

#include <chrono>
#include <optional>

namespace hearsay {

class Alarm {
 public:
  Alarm();  // throws std::system_error
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// Rings at that time, at once when it is over, or never; what was set before is forgotten.
  void set(std::optional<std::chrono::steady_clock::time_point> when);

  int file() const { return file_; }

 private:
  int file_;
};

}  // namespace hearsay
