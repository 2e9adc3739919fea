// Starts node processes while the launcher has threads: a process that was forked before there were
// any, and that forks on request. Its children become the launcher's own (it is their subreaper).
//
// What the nodes share (data, models) is what was loaded when the nursery was made.
#pragma once

#include <filesystem>
#include <functional>

#include "nodes/child.h"

namespace hearsay {

class Nursery {
 public:
  /// `body(node)` is what a node's process runs; its output goes to `log(node)`. Call it where
  /// start_child may be called: with a single thread.
  Nursery(std::function<int(NodeId)> body, std::function<std::filesystem::path(NodeId)> log);

  /// Ends the nursery; the nodes live on.
  ~Nursery();
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;

  /// Throws std::system_error.
  Child start(NodeId node);

 private:
  [[noreturn]] void serve(int socket, pid_t launcher) const;
  pid_t bear(NodeId node, pid_t launcher) const;

  std::function<int(NodeId)> body_;
  std::function<std::filesystem::path(NodeId)> log_;
  int socket_ = -1;
  pid_t pid_ = -1;
};

}  // namespace hearsay
