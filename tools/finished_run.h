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

struct FinishedRun {
  std::filesystem::path folder;
  std::string name;      // of the run, or of its case and settings in a sweep
  std::string method;    // the same without the seed: what its repetitions have in common
  std::string identity;  // of the method, to tell it from others: its settings without the seed
  nlohmann::ordered_json config;  // resolved
  bool finished = false;          // it has a summary: it ended in order
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

}  // namespace hearsay
