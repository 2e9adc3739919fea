// What a person sees of a run: on stderr while it goes a live view on a terminal, or else a plain
// line for each evaluation; at the end a table and a summary on stdout.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "nodes/experiment.h"
#include "nodes/run_observer.h"
#include "tools/live_run.h"
#include "tools/screen.h"
#include "tools/units.h"

namespace hearsay {

class Console final : public RunObserver {
 public:
  /// `plain`: no live view, whatever stderr is.
  Console(const Experiment& experiment, bool plain);

  void on_progress(const Progress& progress) override;
  void on_evaluation(const EvaluationReport& report) override;
  void on_end(const RunEnd& end) override;
  std::optional<Round> on_restore(const Restored& from) override;
  void on_tick(const NodeWatch& nodes) override;
  void on_failing() override;
  void on_warning(const std::string& text) override;

  /// A line for the user that is no warning.
  void on_notice(const std::string& text);

  /// Draws the last state, which stays; nothing is drawn after it. Safe to call twice.
  void close();

 private:
  /// The live view, where there is one.
  struct Live {
    explicit Live(const Experiment& experiment);

    LiveRun run;
    Screen screen;
    const NodeWatch* nodes = nullptr;
    std::chrono::steady_clock::time_point drawn;
  };

  void look_and_draw();
  void draw();
  void say(const std::string& text);

  const Experiment& experiment_;
  std::optional<Live> live_;
  std::vector<MetricsRow> rows_;
};

/// "8 nodes (ring)", "20 workers and a server", "a single node".
std::string describe(const Network& network, const std::string& graph);

}  // namespace hearsay
