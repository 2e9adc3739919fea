// The page of runs as a file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/finished_run.h"

namespace hearsay {

/// Writes the page of these runs, under these names (tools/run_page.h), and returns its size in
/// bytes. Throws WriteError.
std::size_t write_report(const std::vector<FinishedRun>& runs,
                         const std::vector<std::string>& names, const std::filesystem::path& file);

/// report.html in that folder.
std::filesystem::path report_of(const std::filesystem::path& folder);

}  // namespace hearsay
