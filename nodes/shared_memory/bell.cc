#include "nodes/shared_memory/bell.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "nodes/transport_error.h"

namespace hearsay {

Bell Bell::make(const std::string& path) {
  if (mkfifo(path.c_str(), 0600) != 0)
    throw TransportError(
        fmt::format("cannot make {}: {}", path, std::generic_category().message(errno)));
  return Bell(path);
}

Bell Bell::at(const std::string& path) {
  return Bell(path);
}

// For reading and writing at both ends: so nobody gets a signal where the other end is gone.
Bell::Bell(const std::string& path)
    : file_(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)) {
  if (file_ < 0)
    throw TransportError(
        fmt::format("cannot open {}: {}", path, std::generic_category().message(errno)));
}

Bell::~Bell() {
  if (file_ >= 0) close(file_);
}

Bell::Bell(Bell&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

Bell& Bell::operator=(Bell&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

void Bell::ring() const {
  const char sound = 1;
  // A pipe that is full has rung often enough.
  [[maybe_unused]] const ssize_t written = write(file_, &sound, 1);
}

void Bell::hush() const {
  std::array<char, 64> sounds{};
  while (read(file_, sounds.data(), sounds.size()) == static_cast<ssize_t>(sounds.size())) {
  }
}

}  // namespace hearsay
