// What the targets share: cutting up an input, a file that holds one, and claims.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "core/types.h"

namespace hearsay::fuzz {

/// Ends the process when `claim` is false: libFuzzer and the replay both take that for a find.
inline void require(bool claim, const char* what) {
  if (claim) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// Takes choices off the front of an input; zeros when there is nothing left.
class Choices {
 public:
  explicit Choices(ByteView input) : input_(input) {}

  std::uint8_t byte() {
    if (input_.empty()) return 0;
    const auto value = std::to_integer<std::uint8_t>(input_.front());
    input_ = input_.subspan(1);
    return value;
  }
  std::size_t below(std::size_t count) { return byte() % count; }

  ByteView rest() const { return input_; }

 private:
  ByteView input_;
};

inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A copy with nothing behind its end that a sanitizer would not notice.
class ExactBytes {
 public:
  explicit ExactBytes(ByteView bytes)
      : size_(bytes.size()), bytes_(std::make_unique<std::byte[]>(bytes.size())) {  // NOLINT
    for (std::size_t i = 0; i < size_; ++i) bytes_[i] = bytes[i];
  }
  ByteView view() const { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[]> bytes_;  // NOLINT: a vector may have room behind its end
};

/// A file in memory, for readers that want a path. It is gone with the process.
class MemoryFile {
 public:
  MemoryFile();
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void write(ByteView content) const;
  const std::string& path() const { return path_; }

 private:
  int fd_;
  std::string path_;
};

}  // namespace hearsay::fuzz
