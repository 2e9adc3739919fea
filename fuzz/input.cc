#include "fuzz/input.h"

#include <sys/mman.h>
#include <unistd.h>

namespace hearsay::fuzz {

MemoryFile::MemoryFile()
    : fd_(memfd_create("fuzz", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) {
  require(fd_ >= 0, "memfd_create works");
}

MemoryFile::~MemoryFile() {
  close(fd_);
}

void MemoryFile::write(ByteView content) const {
  require(ftruncate(fd_, 0) == 0, "a file in memory can be emptied");
  require(pwrite(fd_, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()),
          "a file in memory can be written");
}

}  // namespace hearsay::fuzz
