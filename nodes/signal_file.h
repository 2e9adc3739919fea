// Signals that are read from a file instead of interrupting.
#pragma once

#include <csignal>

namespace hearsay {

/// Blocks SIGINT, SIGTERM and SIGCHLD, and lets them through again at its end. Throws
/// std::system_error.
class SignalFile {
 public:
  SignalFile();
  ~SignalFile();
  SignalFile(const SignalFile&) = delete;
  SignalFile& operator=(const SignalFile&) = delete;

  /// Readable when there is one.
  int file() const { return file_; }
  /// The next pending signal, or 0.
  int next() const;

 private:
  sigset_t before_{};
  int file_ = -1;
};

}  // namespace hearsay
