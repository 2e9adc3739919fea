// The folder of a run, read back (nodes/results.h says what is in it): for the commands that look
// at results.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hearsay {

/// A CSV file of ours: no quotes, a header, lines of as many cells. A last line that was cut short
/// is left out.
struct CsvTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  /// The place of a column, or nothing.
  std::optional<std::size_t> find(const std::string& column) const;
  /// A cell as a number; nothing where it is empty or no number.
  std::optional<double> number(std::size_t row, std::size_t column) const;
};

/// Adds whole lines to a table; the first makes its columns when it has none. Lines with another
/// number of cells are left out.
void append_csv(const std::string& lines, CsvTable& table);

/// Throws ResultsError when it cannot be read or is no such table.
CsvTable read_csv(const std::filesystem::path& file);

/// What the grid of a sweep sets in one of its runs; seeds are left out.
struct GridSetting {
  std::string key;
  std::string words;  // "learning_rate 0.01"
  bool tuned = true;  // paper.choose names it, or there is no paper.choose
};

/// Where a run belongs in its sweep. A run of its own has the name of its method alone.
struct SweepPlace {
  std::string sweep;      // its folder
  std::string case_name;  // or that of the sweep, when it has no cases
  std::vector<GridSetting> grid;
};

struct FinishedRun {
  std::filesystem::path folder;
  std::string name;    // of the run, or of its case and settings in a sweep
  std::string method;  // the same without the seed: what its repetitions have in common
  SweepPlace place;
  nlohmann::ordered_json config;  // resolved
  bool finished = false;          // it has a summary: it ended in order
  bool interrupted = false;       // before its last round
  CsvTable metrics;

  std::size_t evaluations() const { return metrics.rows.size(); }
  /// A value of the k-th evaluation, if the column is there and applies.
  std::optional<double> value(std::size_t k, const std::string& column) const;
};

/// One run's folder. Throws ResultsError when it is none.
FinishedRun read_run(const std::filesystem::path& folder);

/// The runs of all folders, of single runs and of sweeps; those of a sweep that are not done are
/// left out. Throws ResultsError when there is nothing.
std::vector<FinishedRun> read_runs(const std::vector<std::string>& folders);

/// The places of the runs that read_runs leaves out: failed, stopped, or not run yet.
std::vector<SweepPlace> runs_not_done(const std::vector<std::string>& folders);

}  // namespace hearsay
