// `hearsay report`.
#include "tools/report.h"

#include <fmt/core.h>

#include <filesystem>

#include "nodes/results_file.h"
#include "tools/commands.h"
#include "tools/figures.h"
#include "tools/finished_run.h"
#include "tools/run_page.h"

namespace hearsay {

namespace {

constexpr double kMegabyte = 1e6;

}  // namespace

std::size_t write_report(const std::vector<FinishedRun>& runs,
                         const std::vector<std::string>& names, const std::filesystem::path& file) {
  const std::string page = render_page(page_json(runs, names));
  write_file(file, page);
  return page.size();
}

std::filesystem::path report_of(const std::filesystem::path& folder) {
  return folder / "report.html";
}

int report_command(const ReportOptions& options) {
  const std::vector<FinishedRun> runs = read_runs(options.folders);
  const std::vector<std::string> names = legend_of(runs);
  const std::filesystem::path out =
      options.out.empty() ? report_of(options.folders.front()) : std::filesystem::path(options.out);
  const std::size_t size = write_report(runs, names, out);
  fmt::print("{}  {} runs, {:.1f} MB\n", out.string(), runs.size(),
             static_cast<double>(size) / kMegabyte);
  std::vector<NamedRun> named;
  for (std::size_t k = 0; k < runs.size(); ++k) named.push_back({names[k], &runs[k]});
  if (!options.svg.empty())
    fmt::print("{}  {} figures\n", options.svg, write_figures(named, options.svg));
  if (!options.csv.empty())
    fmt::print("{}  {} tables\n", options.csv, write_figure_tables(named, options.csv));
  return 0;
}

}  // namespace hearsay
