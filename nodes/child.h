// A node's process on this host.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/types.h"

namespace hearsay {

struct Child {
  NodeId node = 0;
  pid_t pid = -1;
  std::filesystem::path log;
  std::optional<int> status;  // as from waitpid, once it has ended

  bool running() const { return !status; }
  bool exited() const;      // by itself, not by a signal
  bool ended_well() const;  // with status 0
};

/// Forks a process that runs `body` with its output in `log`, and exits with what it returns (1
/// when it throws; the message goes to the log), or with a status of its own when lines of the log
/// are lost. It ignores SIGINT, which a terminal sends to the
/// whole group, and is killed by the kernel when the calling process dies. Throws
/// std::system_error.
Child start_child(NodeId node, std::filesystem::path log, const std::function<int()>& body);

/// The child's side of start_child: all that, up to the exit status, in a process whose parent is
/// `parent`.
int live_as_child(const std::filesystem::path& log, pid_t parent, const std::function<int()>& body);

/// Takes the exit status of every child that has ended.
void reap(std::vector<Child>& children);

/// SIGKILL to one that runs, paused or not; then reaps it.
void end_at_once(Child& child);

/// SIGTERM to all that run, SIGKILL to those that are still there after a grace period; then reaps
/// them.
void end_all(std::vector<Child>& children);

/// "was killed by signal 9 (Killed)", "exited with status 1", "could not write its log (...)".
std::string describe_status(int status);

/// Sends what a node logs to stderr, a line each with time and level.
void log_to_stderr();

/// The last lines of a log, indented, or a note that it is empty.
std::string last_lines(const std::filesystem::path& log, std::size_t lines);

}  // namespace hearsay
