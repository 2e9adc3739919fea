// Wakes a process of this host that polls files: a named pipe. Both ends agree in memory when there
// is need of it (inbox.h).
#pragma once

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

  /// Forgets that it rang.
  void hush() const;

  int file() const { return file_; }

 private:
  explicit Bell(const std::string& path);
  int file_ = -1;
};

}  // namespace hearsay
