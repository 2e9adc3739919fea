// What is plotted of runs: the axes of the report's page, of its SVG figures and of their tables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/finished_run.h"

namespace hearsay {

struct XAxis {
  std::string column;  // of metrics.csv
  std::string name;    // "rounds"
  std::string label;   // with its unit
  std::string unit;    // behind a number with a prefix: "bit", "B", "s", or none
};

struct YAxis {
  std::string column;  // of metrics.csv, or contraction
  std::string title;
  std::string label;          // with its unit
  bool linear = false;        // never on a log scale
  bool in_percent = false;    // a share in the table
  bool has_forecast = false;  // the spectrum says what it should be
};

const std::vector<XAxis>& x_axes();
const std::vector<YAxis>& y_axes();

/// The factor by which ||X - X-bar|| shrinks in a round, as the geometric mean since the evaluation
/// before, is a column as well.
inline const std::string kContraction = "contraction";

/// A column by evaluation, with nothing where it does not apply; empty when the run has no such
/// column.
std::vector<std::optional<double>> column_of(const FinishedRun& run, const std::string& column);

/// The factor a round that exact gossip has on the run's graph with its gossip step gamma,
/// max |1 - gamma (1 - lambda)| over the eigenvalues lambda of W but the first. (Xiao and Boyd,
/// Fast linear iterations for distributed averaging, 2004.) Nothing for a star with a server, and
/// for graphs that change.
std::optional<double> forecast_contraction(const nlohmann::ordered_json& topology,
                                           const nlohmann::ordered_json& config);

}  // namespace hearsay
