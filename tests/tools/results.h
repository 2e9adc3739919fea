// What a run has left in its folder, read for comparison.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hearsay::testing {

/// Lines of cells, the header among them.
using Table = std::vector<std::vector<std::string>>;

Table read_table(const std::filesystem::path& file);

/// Without the column `seconds`, the only one in which equal trajectories differ.
Table without_seconds(Table table);

/// The last row of metrics.csv as numbers by name of the column.
double last_metric(const std::filesystem::path& folder, const std::string& column);

/// Everything that two runs of one config have in common: metrics and traffic by node, by edge and
/// by layer, and the model. Reports the first difference of each as a test failure.
void expect_same_results(const std::filesystem::path& one, const std::filesystem::path& other);

}  // namespace hearsay::testing
