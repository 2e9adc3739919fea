// The page that shows runs: what `hearsay report` writes and the dashboard of a run serves. One
// file of HTML with its scripts, styles and numbers in it, which asks nobody for anything.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/finished_run.h"

namespace hearsay {

/// What the page knows of one run, from its folder (nodes/results.h). Of its evaluations, at
/// most `most` rows: the first and last, and the lowest and highest loss of each
/// stretch. `graphs` collects the pictures, each of which stands there once.
nlohmann::ordered_json run_json(const FinishedRun& run, std::size_t most,
                                std::vector<std::string>& graphs);

/// The columns of metrics.csv, and `contraction`, of the rows from `first` on.
nlohmann::ordered_json metrics_json(const FinishedRun& run, std::size_t first);

/// What a folder says of each node after its last evaluation: {"node_rows": ..., "phase_rows": ...,
/// "edges": [[from, to, bytes], ...]}, each where there is such a file.
nlohmann::ordered_json nodes_json(const std::filesystem::path& folder);

/// A name for each run that no other has: its method, and its seed where that tells them apart.
std::vector<std::string> legend_of(const std::vector<FinishedRun>& runs);

/// All that the page shows of these runs, under these names. About 20,000 rows at most.
nlohmann::ordered_json page_json(const std::vector<FinishedRun>& runs,
                                 const std::vector<std::string>& names);

std::string render_page(const nlohmann::ordered_json& data);

}  // namespace hearsay
