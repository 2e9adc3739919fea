// Wakes a process of this host: a named pipe. Ringing is a system call, and so is to find out
// whether it rang: both ends agree in memory when there is need of it (inbox.h).
#pragma once

#include <chrono>
#include <string>

namespace hearsay {

class Bell {
 public:
  /// Makes it. Throws TransportError, as at() does.
  static Bell make(const std::string& path);
  static Bell at(const std::string& path);
  ~Bell();
  Bell(Bell&& other) noexcept;
  Bell& operator=(Bell&& other) noexcept;
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  void ring() const;

  /// Until it rings, for so long at most, or until a signal comes.
  void wait(std::chrono::milliseconds most) const;

  /// Forgets that it rang.
  void hush() const;

  int file() const { return file_; }

 private:
  explicit Bell(const std::string& path);
  int file_ = -1;
};

}  // namespace hearsay
