// A run that goes on until a test does something to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/tools/process.h"

namespace hearsay::testing {

/// `hearsay run` of a small ring with rounds that no test waits for. Sockets go to a folder that
/// the test can look into afterwards.
class EndlessRun {
 public:
  explicit EndlessRun(const Arguments& more = {},
                      const std::string& topology = "graph: ring, nodes: 4",
                      const Process::Options& base = {});

  /// Until all nodes have walked some rounds; then the nodes' processes, by node.
  const std::vector<ProcessId>& started();

  Process& process() { return process_; }
  const std::vector<ProcessId>& nodes() const { return nodes_; }
  bool all_nodes_gone() const;  // waits for it
  std::string out() const { return dir_ / "out"; }
  std::string log(int node) const;
  /// Waits for so many more rows of metrics.
  bool grows_by(std::ptrdiff_t rows) const;
  /// The socket files and folders that are left.
  std::vector<std::string> sockets() const;

 private:
  Arguments arguments(const Arguments& more, const std::string& topology) const;
  Process::Options options(Process::Options base) const;

  TempDir dir_;
  TempDir sockets_;
  Process process_;
  std::vector<ProcessId> nodes_;
};

/// transport.round_deadline and transport.peer_timeout that are soon over, and still longer than
/// the rounds and the silences of a sanitized build.
#ifdef __SANITIZE_THREAD__
inline const std::string kHangDeadline = "5";
inline const std::string kPeerTimeout = "6";
#else
inline const std::string kHangDeadline = "0.7";
inline const std::string kPeerTimeout = "0.6";
#endif

/// The process that runs a node, by the name that it has in ps.
std::optional<ProcessId> process_of(const Process& launcher, int node);

/// That it stopped in order: one last row for the round after which all nodes ended, with model and
/// traffic.
void expect_orderly_end(const std::string& out);

}  // namespace hearsay::testing
