// The directory of a run:
//   config.yaml        the resolved config; running it again reproduces the results
//   topology.json      nodes, edges, weights, spectrum
//   metrics.csv        a row each evaluation
//   metrics.jsonl      the same as JSON lines
//   events.out.tfevents.*  the same for TensorBoard, with `run: {tensorboard: true}`
//   nodes.csv          the same, by node
//   phases.csv         the same rows: the seconds of each phase of the node's rounds, and what is
//                      left of `seconds` as `wait`, in real runs
//   layers.csv         what was sent of each layer; where a compressor sparsifies several of them
//   edges.csv          what went over each directed link
//   model.safetensors  the mean model after the last round: x, frozen parameters, mean buffers
//   model.pt           the same as TorchScript, of deep models
//   summary.json       how it ended: rounds, seconds, bytes, the last row, the config, version
//   logs/              what each process said (real runs)
// metrics.csv, metrics.jsonl, nodes.csv, phases.csv, layers.csv and the events are written row by
// row, so a killed run keeps what it had; on a full disk they end with a whole row, and the others
// are there in whole or not at all. A run that goes on from a checkpoint takes the rows of later
// rounds away and writes them again; of events it writes a mark instead, see nodes/event_file.h.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "nodes/event_file.h"
#include "nodes/experiment.h"
#include "nodes/layer_report.h"
#include "nodes/results_file.h"
#include "nodes/run_observer.h"

namespace hearsay {

class ResultsWriter final : public RunObserver {
 public:
  /// Makes the folder and writes what is known at the start. Throws ResultsError when the folder
  /// holds other results, WriteError when it cannot be written, as on_evaluation and on_end do.
  /// With `resume` it must hold a run's results, to which rows are added once on_restore has said
  /// from where on.
  ResultsWriter(const Experiment& experiment, std::filesystem::path folder, bool resume = false);

  const std::filesystem::path& folder() const { return folder_; }

  /// What the run has shown to be amiss, a line each; known at its end.
  const std::vector<std::string>& warnings() const { return warnings_; }

  void on_progress(const Progress& /*progress*/) override {}
  void on_evaluation(const EvaluationReport& report) override;
  void on_end(const RunEnd& end) override;
  std::optional<Round> on_restore(const Restored& from) override;
  void on_warning(const std::string& text) override { warnings_.push_back(text); }

 private:
  void require_free() const;
  void require_resumable() const;
  void write_beginning() const;
  bool wants_events() const;
  void restore_events(Round round);
  void write_layers(const EvaluationReport& report);
  void write_model(const RunEnd& end) const;

  const Experiment& experiment_;
  std::filesystem::path folder_;
  std::optional<RowFile> metrics_;
  std::optional<RowFile> json_lines_;
  std::optional<EventFile> events_;
  std::optional<RowFile> nodes_;
  std::optional<RowFile> phases_;
  std::optional<RowFile> layers_;  // made with its first row
  LayerReport layer_report_;
  MetricsRow last_;
  std::vector<std::string> warnings_;
};

/// runs/NAME.
std::filesystem::path folder_of(const std::string& name);

/// runs/NAME, or runs/NAME-2, -3, ... when that is taken.
std::filesystem::path free_folder(const std::string& name);

/// The columns of metrics.csv, and a row of it; numbers in their shortest exact form.
std::string metrics_header();
std::string metrics_line(const MetricsRow& row);

}  // namespace hearsay
