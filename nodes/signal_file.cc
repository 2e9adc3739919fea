#include "nodes/signal_file.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace hearsay {

SignalFile::SignalFile() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, &before_);
  file_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (file_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

SignalFile::~SignalFile() {
  close(file_);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int SignalFile::next() const {
  signalfd_siginfo info{};
  return read(file_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace hearsay
