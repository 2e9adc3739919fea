// Every plot of the report as a file, for papers: SVG drawn by gnuplot, and its numbers as CSV.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/finished_run.h"

namespace hearsay {

/// A run under the name that a legend has for it.
struct NamedRun {
  std::string name;
  const FinishedRun* run = nullptr;
};

/// Writes COLUMN-XNAME.svg for each plot that has a value into the folder, which it makes; returns
/// how many. Throws WriteError, or std::runtime_error when gnuplot is not there or fails.
std::size_t write_figures(const std::vector<NamedRun>& runs, const std::filesystem::path& folder);

/// Writes COLUMN-XNAME.csv (run, x, y; all evaluations) likewise.
std::size_t write_figure_tables(const std::vector<NamedRun>& runs,
                                const std::filesystem::path& folder);

}  // namespace hearsay
