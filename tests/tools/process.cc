#include "tests/tools/process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <thread>

namespace hearsay::testing {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kNotStarted = 127;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// The fields of /proc/PID/stat from the third (the state) on; the second may hold anything.
std::vector<std::string> stat_fields(pid_t pid) {
  const std::string text = read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream in(text.substr(name_end + 1));
  return {std::istream_iterator<std::string>(in), {}};
}

constexpr std::size_t kState = 0;
constexpr std::size_t kParent = 1;
constexpr std::size_t kStartTime = 19;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (added.count(text.substr(0, text.find('='))) == 0) result.push_back(text);
  }
  for (const auto& [name, value] : added) result.push_back(name + "=" + value);
  return result;
}

/// Reads what is there; closes the file at its end.
void drain(int& file, std::string& text) {
  std::array<char, 65536> buffer{};
  while (file >= 0) {
    const ssize_t count = read(file, buffer.data(), buffer.size());
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count < 0 && errno == EINTR) {
      continue;
    } else if (count < 0 && errno == EAGAIN) {
      return;
    } else {  // a terminal whose other end is closed says EIO
      close(file);
      file = -1;
    }
  }
}

}  // namespace

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "hearsay-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) fail("mkdtemp");
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return *this / name;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();  // unlike an iterator, does not throw when a process ends under /proc
  return text.str();
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + kPatience;
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

bool ProcessId::running() const {
  const auto fields = stat_fields(pid);
  return fields.size() > kStartTime && fields[kStartTime] == start_time && fields[kState] != "Z" &&
         fields[kState] != "X";
}

Process::Process(const Arguments& arguments, const Options& options) {
  start(arguments, options);
  // Not in glibc before 2.36; a process that ended already is readable at once.
  end_file_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (end_file_ < 0) fail("pidfd_open");
}

Process::~Process() {
  signal_group(SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
  for (const int file : {end_file_, out_.file, err_.file})
    if (file >= 0) close(file);
}

void Process::start(const Arguments& arguments, const Options& options) {
  std::vector<std::string> words = {options.program.empty() ? HEARSAY_COMMAND : options.program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment_with(options.environment);
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(variables);

  std::array<int, 2> out{-1, -1};
  std::array<int, 2> err{-1, -1};
  if (options.terminal) {
    const winsize size{.ws_row = options.rows, .ws_col = options.columns};
    pid_ = forkpty(out.data(), nullptr, nullptr, &size);
  } else {
    if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) fail("pipe");
    pid_ = fork();
  }
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    if (!options.terminal) {
      setpgid(0, 0);
      const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
      dup2(nothing, STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      dup2(err[1], STDERR_FILENO);
    }
    if (!options.directory.empty() && chdir(options.directory.c_str()) != 0) _exit(kNotStarted);
    execve(argv.front(), argv.data(), envp.data());
    _exit(kNotStarted);
  }
  if (!options.terminal) setpgid(pid_, pid_);  // whichever of the two comes first
  out_.file = out[0];
  err_.file = err[0];
  for (const int file : {out_.file, err_.file}) {
    if (file < 0) continue;
    fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK);
    fcntl(file, F_SETFD, FD_CLOEXEC);
  }
  for (const int file : {out[1], err[1]})
    if (file >= 0) close(file);
}

std::vector<ProcessId> Process::children() const {
  std::vector<ProcessId> result;
  std::error_code ended;  // of a process that is being listed
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ended)) {
    const std::string name = entry.path().filename().string();
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }))
      continue;
    const auto pid = static_cast<pid_t>(std::stol(name));
    const auto fields = stat_fields(pid);
    if (fields.size() > kStartTime && fields[kParent] == std::to_string(pid_))
      result.push_back({pid, fields[kStartTime]});
  }
  std::sort(result.begin(), result.end(),
            [](const ProcessId& a, const ProcessId& b) { return a.pid < b.pid; });
  return result;
}

void Process::signal(int number) const {
  kill(pid_, number);
}

void Process::signal_group(int number) const {
  kill(-pid_, number);
}

void Process::type(const std::string& keys) const {
  if (write(out_.file, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    fail("write");
}

void Process::resize(unsigned short columns, unsigned short rows) const {
  const winsize size{.ws_row = rows, .ws_col = columns};
  if (ioctl(out_.file, TIOCSWINSZ, &size) != 0) fail("TIOCSWINSZ");
}

bool Process::has_pending(int number) const {
  const std::string status = read_file("/proc/" + std::to_string(pid_) + "/status");
  const std::string key = "ShdPnd:";
  const std::size_t at = status.find(key);
  if (at == std::string::npos) return false;
  return (std::stoull(status.substr(at + key.size()), nullptr, 16) >> (number - 1) & 1U) != 0;
}

bool Process::wait_for(Stream stream, const std::string& wanted) {
  const auto deadline = Clock::now() + kPatience;
  std::size_t searched = 0;
  for (;;) {
    const std::string& now = text(stream);
    if (now.find(wanted, searched) != std::string::npos) return true;
    searched = now.size() > wanted.size() ? now.size() - wanted.size() : 0;
    if (status_ || !listen(deadline)) return false;
  }
}

std::optional<int> Process::wait() {
  const auto deadline = Clock::now() + kPatience;
  while (!status_ && listen(deadline)) {
  }
  return status_;
}

const std::string& Process::text(Stream stream) const {
  return stream == Stream::out ? out_.text : err_.text;
}

/// Waits for output or the end and takes it; false when the deadline passes before.
bool Process::listen(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  if (left.count() <= 0) return false;
  // poll() passes over files of -1, which are those that have been closed.
  std::array<pollfd, 3> files = {
      {{out_.file, POLLIN, 0}, {err_.file, POLLIN, 0}, {end_file_, POLLIN, 0}}};
  const int ready = poll(files.data(), files.size(), static_cast<int>(left.count()));
  if (ready < 0 && errno != EINTR) fail("poll");
  if (ready == 0) return false;
  // The end is looked at first: what was written before it is then surely read.
  if (ready > 0 && files[2].revents != 0) note_end();
  read_what_is_there();
  return true;
}

void Process::read_what_is_there() {
  drain(out_.file, out_.text);
  drain(err_.file, err_.text);
}

/// It is reaped by the destructor only: until then nobody else can get its number, or its group's.
void Process::note_end() {
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0)
    fail("waitid");
  if (info.si_pid != pid_) return;
  status_ = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

Ended run(const Arguments& arguments, const Process::Options& options) {
  Process process(arguments, options);
  const int status = process.wait().value_or(-1);
  return {status, process.out(), process.err()};
}

}  // namespace hearsay::testing
