// A folder of a run's own for what its processes meet at: sockets, and inboxes in shared memory.
// Gone with the object.
#pragma once

#include <filesystem>
#include <string>

namespace hearsay {

class RunFolder {
 public:
  /// Only for this user. Throws RunFailed when it cannot be made.
  explicit RunFolder(const std::filesystem::path& parent);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int lock_ = -1;
};

/// Where files are memory.
std::filesystem::path shared_memory_folder();

/// Removes the folders there of runs that were killed and could not: a folder holds memory until it
/// is removed. Those of runs that go on, and of other users, stay.
void remove_leftover_folders(const std::filesystem::path& parent);

}  // namespace hearsay
