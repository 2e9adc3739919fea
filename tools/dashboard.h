// The page of a run while it goes on, over HTTP (cpp-httplib): `hearsay run --dashboard`.
//
// It reads the files that the run writes anyway, in threads of its own and only when somebody asks:
// a browser that is slow, absent or many holds up nothing, and one that watches costs some
// milliseconds a second. Requests are answered for the address it listens on alone, so that a page
// from elsewhere cannot read it through a user's browser.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/types.h"
#include "nodes/run_observer.h"

namespace hearsay {

/// "8080", "127.0.0.1:8080", "[::1]:0"; "" is any free port of loopback.
struct DashboardAddress {
  std::string host = "127.0.0.1";
  int port = 0;

  /// Throws ConfigError.
  static DashboardAddress parse(const std::string& text);
  bool is_loopback() const;
};

class Dashboard {
 public:
  /// `rounds`: of the run whose results go to `folder`.
  Dashboard(DashboardAddress address, std::filesystem::path folder, Round rounds);
  /// A browser that has asked lately is given a moment to fetch the last news.
  ~Dashboard();
  Dashboard(const Dashboard&) = delete;
  Dashboard& operator=(const Dashboard&) = delete;

  /// Listens, in a thread: to be called when no more processes are forked. Throws ConfigError when
  /// the address cannot be used.
  void start();
  std::string url() const;

  void on_progress(const Progress& progress);
  void on_warning(const std::string& text);
  void on_end(const RunEnd& end);
  void on_failure(const std::string& why);

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace hearsay
