#include "nodes/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "nodes/run_observer.h"

namespace hearsay {

namespace {

namespace fs = std::filesystem;

const char* const kPrefix = "hearsay-";
const char* const kLock = "lock";

/// Nobody holds it any more; false also where there is none.
bool is_left(const fs::path& lock) {
  const int file = open(lock.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return false;
  const bool free = flock(file, LOCK_EX | LOCK_NB) == 0;
  close(file);
  return free;
}

}  // namespace

RunFolder::RunFolder(const fs::path& parent) {
  std::string name = (parent / (std::string(kPrefix) + "XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr)
    throw RunFailed(fmt::format("cannot make a folder in {}: {}", parent.string(),
                                std::generic_category().message(errno)));
  path_ = name;
  // It is locked before it has its name. Forked processes share the lock: the last one ends it.
  const std::string fresh = path_ + "/new";
  lock_ = open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (lock_ >= 0 && flock(lock_, LOCK_EX | LOCK_NB) == 0)
    rename(fresh.c_str(), (path_ + "/" + kLock).c_str());
}

RunFolder::~RunFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  if (lock_ >= 0) close(lock_);
}

fs::path shared_memory_folder() {
  return "/dev/shm";
}

void remove_leftover_folders(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    const fs::path& path = entry.path();
    if (path.filename().string().starts_with(kPrefix) && is_left(path / kLock))
      fs::remove_all(path, ignored);
  }
}

}  // namespace hearsay
