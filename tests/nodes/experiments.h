// Experiments from a config's text, and runs of them with everything recorded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nodes/experiment.h"
#include "nodes/run_observer.h"

namespace hearsay::testing {

Experiment experiment_of(const std::string& yaml);

/// Keeps all that a run reports.
struct Recorder : RunObserver {
  std::vector<Progress> progress;
  std::vector<EvaluationReport> reports;
  std::vector<std::string> warnings;
  std::optional<RunEnd> end;

  void on_warning(const std::string& text) override { warnings.push_back(text); }
  void on_progress(const Progress& now) override { progress.push_back(now); }
  void on_evaluation(const EvaluationReport& report) override { reports.push_back(report); }
  void on_end(const RunEnd& run_end) override { end = run_end; }

  const MetricsRow& row(std::size_t k) const { return reports.at(k).row; }
  const MetricsRow& last() const { return reports.back().row; }
  double consensus_error(std::size_t k) const { return row(k).consensus_error.value(); }
};

Recorder run(const Experiment& experiment, std::size_t threads = 1);
Recorder run(const std::string& yaml);

/// The rows of metrics.csv but for the clock.
std::vector<std::string> timeless_rows(const Recorder& recorder);

/// An algorithm with a compressor that it takes.
struct Pairing {
  std::string algorithm;
  std::string compressor;

  bool on_server() const;
  /// As the name of a parametrized test: letters, digits and underscores.
  std::string test_name() const;
};

/// All that the registries hold; an algorithm of full vectors goes with identity alone.
std::vector<Pairing> all_pairings();

/// Those of them whose trajectory does not depend on when frames arrive.
std::vector<Pairing> lockstep_pairings();

/// `{name: top-k, ratio: 0.3}`: settings that suit every dimension from 4 on.
std::string compressor_settings(const std::string& name);

/// `{name: ..., learning_rate: ..., ...}` with the keys that the algorithm knows.
std::string algorithm_settings(const Pairing& pairing, double learning_rate = 0.01,
                               const std::string& gossip_step = "0.1");

}  // namespace hearsay::testing
