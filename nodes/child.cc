#include "nodes/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <exception>
#include <fstream>
#include <system_error>
#include <utility>

namespace hearsay {

namespace {

constexpr int kGraceMs = 2000;
constexpr int kLogLost = EX_IOERR;  // the exit status of a child whose log is not complete

}  // namespace

int live_as_child(const std::filesystem::path& log, pid_t parent,
                  const std::function<int()>& body) {
  // The kernel sends SIGKILL when the parent dies; if it died before this line, nobody will.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) return 1;
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);

  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (file < 0) return kLogLost;
  if (nothing < 0) return 1;
  dup2(nothing, STDIN_FILENO);
  dup2(file, STDOUT_FILENO);
  dup2(file, STDERR_FILENO);
  log_to_stderr();
  int status = 1;
  try {
    status = body();
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
  }
  return std::ferror(stderr) != 0 ? kLogLost : status;
}

bool Child::exited() const {
  return status && WIFEXITED(*status);
}

bool Child::ended_well() const {
  return status && WIFEXITED(*status) && WEXITSTATUS(*status) == 0;
}

Child start_child(NodeId node, std::filesystem::path log, const std::function<int()>& body) {
  std::fflush(nullptr);  // else both processes would write what is buffered now
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0)
    throw std::system_error(errno, std::generic_category(),
                            fmt::format("cannot start a process for node {}", node));
  if (pid == 0) {
    const int status = live_as_child(log, parent, body);
    std::fflush(nullptr);
    _exit(status);
  }
  return {.node = node, .pid = pid, .log = std::move(log), .status = std::nullopt};
}

void log_to_stderr() {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("node"));
  spdlog::set_pattern("%Y-%m-%d %H:%M:%S.%e %l: %v");
}

void reap(std::vector<Child>& children) {
  for (Child& child : children) {
    int status = 0;
    if (child.running() && waitpid(child.pid, &status, WNOHANG) == child.pid) child.status = status;
  }
}

void end_at_once(Child& child) {
  if (!child.running()) return;
  kill(child.pid, SIGKILL);
  int status = 0;
  if (waitpid(child.pid, &status, 0) == child.pid) child.status = status;
}

void end_all(std::vector<Child>& children) {
  const auto any_running = [&] {
    for (const Child& child : children)
      if (child.running()) return true;
    return false;
  };
  for (const Child& child : children) {
    if (!child.running()) continue;
    kill(child.pid, SIGTERM);
    kill(child.pid, SIGCONT);  // a stopped process hears nothing but SIGKILL
  }
  // SIGCHLD is blocked by the caller, so waiting for it sleeps exactly as long as needed.
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  timespec start{};
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (reap(children); any_running(); reap(children)) {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const long waited_ms =
        (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1'000'000;
    if (waited_ms >= kGraceMs) break;
    const timespec timeout{.tv_sec = 0, .tv_nsec = 100'000'000};
    sigtimedwait(&child_signal, nullptr, &timeout);
  }
  for (Child& child : children) end_at_once(child);
}

std::string describe_status(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  if (WEXITSTATUS(status) == kLogLost) return "could not write its log (is the disk full?)";
  return fmt::format("exited with status {}", WEXITSTATUS(status));
}

std::string last_lines(const std::filesystem::path& log, std::size_t lines) {
  std::ifstream in(log);
  std::deque<std::string> tail;
  for (std::string line; std::getline(in, line);) {
    tail.push_back(std::move(line));
    if (tail.size() > lines) tail.pop_front();
  }
  if (tail.empty()) return fmt::format("  (nothing in {})\n", log.string());
  std::string result;
  for (const std::string& line : tail) result += "  " + line + "\n";
  return result;
}

}  // namespace hearsay
