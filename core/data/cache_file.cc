#include "core/data/cache_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace hearsay {

namespace fs = std::filesystem;

namespace {

constexpr const char* kUnfinished = ".part-";

}  // namespace

std::unique_ptr<CacheFile> CacheFile::open(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  struct stat status {};
  const bool regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  std::unique_ptr<CacheFile> file(
      new CacheFile(fd, regular ? static_cast<std::uint64_t>(status.st_size) : 0));
  return regular ? std::move(file) : nullptr;
}

CacheFile::~CacheFile() {
  close(fd_);
}

bool CacheFile::read(std::uint64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const ssize_t count = pread(fd_, into.data(), into.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    offset += static_cast<std::uint64_t>(count);
    into = into.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

std::shared_ptr<const std::byte> CacheFile::map() const {
  const auto size = static_cast<std::size_t>(size_);
  void* place = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd_, 0);
  if (place == MAP_FAILED) return nullptr;  // NOLINT: a cast inside the macro
  return {static_cast<const std::byte*>(place),
          [place, size](const std::byte* /*first*/) { munmap(place, size); }};
}

namespace {

bool write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

bool write_whole(const fs::path& path, std::span<const ByteView> parts) {
  std::string draft = path.string() + kUnfinished + "XXXXXX";
  const int fd = mkostemp(draft.data(), O_CLOEXEC);
  if (fd < 0) return false;
  bool done = true;
  for (const ByteView part : parts) done = done && write_all(fd, part);
  done = done && fchmod(fd, S_IRUSR | S_IRGRP | S_IROTH) == 0 && fsync(fd) == 0;
  done = close(fd) == 0 && done;
  done = done && std::rename(draft.c_str(), path.c_str()) == 0;
  if (!done) unlink(draft.c_str());
  return done;
}

FolderLock::FolderLock(const fs::path& folder)
    : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (fd_ < 0) return;
  int status = 0;
  do {
    status = flock(fd_, LOCK_EX);
  } while (status != 0 && errno == EINTR);
  if (status != 0) return;
  // Nobody else writes here now: what is unfinished was left by a process that died.
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().filename().string().find(kUnfinished) != std::string::npos)
      fs::remove(entry->path(), ignored);
  }
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace hearsay
