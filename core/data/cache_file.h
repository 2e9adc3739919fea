// The few things that the cache asks of the operating system.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "core/types.h"

namespace hearsay {

/// An open file, read-only. Reading a part that is not there gives false.
class CacheFile {
 public:
  static std::unique_ptr<CacheFile> open(const std::filesystem::path& path);  // null: cannot
  ~CacheFile();
  CacheFile(const CacheFile&) = delete;
  CacheFile& operator=(const CacheFile&) = delete;

  std::uint64_t size() const { return size_; }
  bool read(std::uint64_t offset, std::span<std::byte> into) const;

  /// The whole file, read-only and shared with all processes that map it, for as long as someone
  /// holds the pointer; null when it cannot be mapped.
  std::shared_ptr<const std::byte> map() const;

 private:
  CacheFile(int fd, std::uint64_t size) : fd_(fd), size_(size) {}

  int fd_;
  std::uint64_t size_;
};

/// Writes the parts one behind the other to a file of another name beside `path`, sees to it that
/// they are on the disk, and renames it: a reader finds all of it or nothing. False: it cannot, and
/// left nothing.
bool write_whole(const std::filesystem::path& path, std::span<const ByteView> parts);

/// Held while this exists: one process at a time works in the folder. Where locks are not to be
/// had, nobody waits.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

}  // namespace hearsay
