// What a person sees of a run: progress on stderr while it goes (a live bar on a terminal, a plain
// line for each evaluation when redirected), and at the end a table and a summary on stdout.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "nodes/experiment.h"
#include "nodes/run_observer.h"

namespace hearsay {

class Console final : public RunObserver {
 public:
  explicit Console(const Experiment& experiment);

  void on_progress(const Progress& progress) override;
  void on_evaluation(const EvaluationReport& report) override;
  void on_end(const RunEnd& end) override;
  std::optional<Round> on_restore(const Restored& from) override;
  void on_warning(const std::string& text) override;

  /// A line for the user that is no warning.
  void on_notice(const std::string& text);

  /// Ends the live line, so that what is printed next starts on its own. Safe to call twice.
  void close();

 private:
  void draw(Round round, std::uint64_t wire_bytes);
  std::string eta(Round round) const;

  const Experiment& experiment_;
  bool live_;
  bool line_open_ = false;
  std::chrono::steady_clock::time_point start_;
  Round first_ = 0;  // the round that this start goes on from
  std::chrono::steady_clock::time_point drawn_;
  std::vector<MetricsRow> rows_;
};

/// "8 nodes (ring)", "20 workers and a server", "a single node".
std::string describe(const Network& network, const std::string& graph);
/// "1.5 kB", "2.34 MB": decimal units.
std::string in_bytes(double bytes);
/// The same for bits: "36 bit", "1.5 kbit".
std::string in_bits(double bits);
/// "0.53 s", "2 min 05 s".
std::string in_seconds(double seconds);

}  // namespace hearsay
