// The built command as a process of its own: started with pipes or on a terminal, listened to,
// signalled and, whatever a test does, ended with the object. Everything waits for conditions,
// never for a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hearsay::testing {

using Arguments = std::vector<std::string>;

/// Far above what anything here needs on a busy machine; a test that reaches it has failed.
#ifdef __SANITIZE_THREAD__
constexpr std::chrono::seconds kPatience{400};
#else
constexpr std::chrono::seconds kPatience{60};
#endif

/// A new folder that goes away with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& file);

/// Polls until `condition` holds; false when it does not within kPatience.
bool eventually(const std::function<bool()>& condition);

/// A process that may belong to somebody else. Its start time tells it from a later one of the same
/// number.
struct ProcessId {
  pid_t pid = -1;
  std::string start_time;

  bool running() const;  // false for one that has ended and waits to be reaped
};

enum class Stream { out, err };

class Process {
 public:
  struct Options {
    std::map<std::string, std::string> environment = {};  // added to the test's own
    std::string directory = {};                           // to run in; empty: the test's own
    bool terminal = false;        // one terminal as stdin, stdout and stderr
    std::string program = {};     // to run; empty: hearsay
    unsigned short columns = 80;  // of the terminal
    unsigned short rows = 24;
  };

  /// Runs `hearsay ARGUMENTS`, or another program, in a process group of its own.
  explicit Process(const Arguments& arguments, const Options& options);
  explicit Process(const Arguments& arguments) : Process(arguments, Options{}) {}
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  std::vector<ProcessId> children() const;
  void signal(int number) const;             // to this process alone
  void signal_group(int number) const;       // to it and all that it started, as a terminal does
  void type(const std::string& keys) const;  // on its terminal
  void resize(unsigned short columns, unsigned short rows) const;  // its terminal
  bool has_pending(int number) const;  // a signal that was sent and not yet taken

  /// Until `text` has come out of the stream; false when it ends or kPatience passes before.
  bool wait_for(Stream stream, const std::string& text);

  /// The exit status as a shell has it (128 + number for a signal), or nothing after kPatience.
  std::optional<int> wait();

  /// What came so far. A terminal has only Stream::out.
  const std::string& text(Stream stream) const;
  const std::string& out() const { return text(Stream::out); }
  const std::string& err() const { return text(Stream::err); }

 private:
  void start(const Arguments& arguments, const Options& options);
  bool listen(std::chrono::steady_clock::time_point deadline);
  void read_what_is_there();
  void note_end();

  struct Pipe {
    int file = -1;
    std::string text;
  };
  pid_t pid_ = -1;
  int end_file_ = -1;  // readable when the process has ended
  std::optional<int> status_;
  Pipe out_;
  Pipe err_;
};

struct Ended {
  int status = -1;
  std::string out;
  std::string err;
};

/// Runs the command to its end. A command that does not end has status -1.
Ended run(const Arguments& arguments, const Process::Options& options = {});

}  // namespace hearsay::testing
