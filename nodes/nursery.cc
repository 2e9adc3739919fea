#include "nodes/nursery.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>
#include <utility>

namespace hearsay {

namespace {

[[noreturn]] void give_up(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

template <class T>
bool read_whole(int file, T& value) {
  ssize_t got = 0;
  do {
    got = read(file, &value, sizeof value);
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof value);
}

template <class T>
bool write_whole(int file, const T& value) {
  ssize_t put = 0;
  do {
    put = send(file, &value, sizeof value, MSG_NOSIGNAL);
  } while (put < 0 && errno == EINTR);
  return put == static_cast<ssize_t>(sizeof value);
}

}  // namespace

Nursery::Nursery(std::function<int(NodeId)> body, std::function<std::filesystem::path(NodeId)> log)
    : body_(std::move(body)), log_(std::move(log)) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) give_up("cannot adopt processes");
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    give_up("cannot make a socket pair");
  std::fflush(nullptr);
  const pid_t launcher = getpid();
  pid_ = fork();
  if (pid_ < 0) give_up("cannot start a process");
  if (pid_ == 0) {
    close(ends[0]);
    serve(ends[1], launcher);
  }
  close(ends[1]);
  socket_ = ends[0];
}

Nursery::~Nursery() {
  close(socket_);  // which ends it
  waitpid(pid_, nullptr, 0);
}

Child Nursery::start(NodeId node) {
  pid_t pid = -1;
  if (!write_whole(socket_, node) || !read_whole(socket_, pid) || pid < 0)
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                            fmt::format("cannot start a process for node {}", node));
  return {.node = node, .pid = pid, .log = log_(node), .status = std::nullopt};
}

void Nursery::serve(int socket, pid_t launcher) const {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A terminal sends Ctrl-C to the whole group; the launcher answers for all.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  NodeId node = 0;
  while (getppid() == launcher && read_whole(socket, node))
    if (!write_whole(socket, bear(node, launcher))) break;
  _exit(0);
}

/// A process whose parent has ended, so that the launcher adopts it; its number, or -1.
pid_t Nursery::bear(NodeId node, pid_t launcher) const {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return -1;
  const pid_t between = fork();
  if (between == 0) {
    const pid_t parent = getpid();
    const pid_t self = fork();
    if (self == 0) {
      close(ends[0]);
      close(ends[1]);
      // It is the launcher's once its parent has ended, which takes some microseconds.
      while (getppid() == parent) sched_yield();
      const int status = live_as_child(log_(node), launcher, [&] { return body_(node); });
      std::fflush(nullptr);
      _exit(status);
    }
    write_whole(ends[1], self);
    _exit(0);
  }
  close(ends[1]);
  pid_t pid = -1;
  if (between > 0) {
    if (!read_whole(ends[0], pid)) pid = -1;
    waitpid(between, nullptr, 0);
  }
  close(ends[0]);
  return pid;
}

}  // namespace hearsay
