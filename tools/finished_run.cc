#include "tools/finished_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <utility>

#include "nodes/config.h"
#include "nodes/config/json.h"
#include "nodes/results_file.h"

namespace hearsay {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::size_t begin = 0;
  for (std::size_t comma = 0; comma != std::string::npos; begin = comma + 1) {
    comma = line.find(',', begin);
    cells.push_back(line.substr(begin, comma == std::string::npos ? comma : comma - begin));
  }
  return cells;
}

Json read_json(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return Json::parse(in, nullptr, false);
}

/// "lr 0.01": the last part of a key is what tells settings apart.
std::string setting_in_words(const std::string& key, const Json& value) {
  const std::string name = key.substr(key.rfind('.') + 1);
  return fmt::format("{} {}", name, value.is_string() ? value.get<std::string>() : value.dump());
}

/// The case and the settings of a sweep's run, without its seed; the sweep's name when it varies
/// nothing else.
std::string method_of(const Json& run, const Json& sweep) {
  std::string method = run.value("case", "");
  for (const auto& [key, value] : run.at("grid").items()) {
    if (key == "seed") continue;
    method += (method.empty() ? "" : ", ") + setting_in_words(key, value);
  }
  return method.empty() ? sweep.at("name").get<std::string>() : method;
}

bool is_done(const Json& run) {
  return run.at("status") == "done";
}

SweepPlace place_of(const fs::path& folder, const Json& sweep, const Json& run) {
  SweepPlace place{.sweep = folder.string(), .case_name = run.value("case", ""), .grid = {}};
  if (place.case_name.empty()) place.case_name = sweep.at("name").get<std::string>();
  const Json choose = sweep.value("paper", Json::object()).value("choose", Json::array());
  for (const auto& [key, value] : run.at("grid").items()) {
    if (key == "seed") continue;
    place.grid.push_back(
        {.key = key,
         .words = setting_in_words(key, value),
         .tuned = choose.empty() || std::find(choose.begin(), choose.end(), key) != choose.end()});
  }
  return place;
}

/// Calls visit(sweep, run) for all runs that sweep.json lists.
template <class Visit>
void for_each_run(const fs::path& folder, Visit visit) {
  const Json sweep = read_json(folder / "sweep.json");
  try {
    for (const Json& run : sweep.at("runs")) visit(sweep, run);
  } catch (const Json::exception&) {
    throw ResultsError(fmt::format("{} is no record of a sweep", (folder / "sweep.json").string()));
  }
}

bool is_sweep(const fs::path& folder) {
  return fs::exists(folder / "sweep.json");
}

}  // namespace

std::optional<std::size_t> CsvTable::find(const std::string& column) const {
  const auto at = std::find(columns.begin(), columns.end(), column);
  if (at == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(at - columns.begin());
}

std::optional<double> CsvTable::number(std::size_t row, std::size_t column) const {
  const std::string& cell = rows[row][column];
  double value = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  return value;
}

void append_csv(const std::string& lines, CsvTable& table) {
  for (std::size_t begin = 0, end = 0; (end = lines.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    std::vector<std::string> cells = cells_of(lines.substr(begin, end - begin));
    if (table.columns.empty())
      table.columns = std::move(cells);
    else if (cells.size() == table.columns.size())
      table.rows.push_back(std::move(cells));
  }
}

CsvTable read_csv(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  CsvTable table;
  std::string line;
  if (!std::getline(in, line) || line.empty())
    throw ResultsError(fmt::format("{} cannot be read, or is empty", file.string()));
  table.columns = cells_of(line);
  while (std::getline(in, line)) {
    std::vector<std::string> cells = cells_of(line);
    if (in.eof()) break;  // no end of line: cut short
    if (cells.size() != table.columns.size())
      throw ResultsError(fmt::format("{}:{}: found {} cells, allowed are {}", file.string(),
                                     table.rows.size() + 2, cells.size(), table.columns.size()));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::optional<double> FinishedRun::value(std::size_t k, const std::string& column) const {
  const auto at = metrics.find(column);
  return at ? metrics.number(k, *at) : std::nullopt;
}

FinishedRun read_run(const fs::path& folder) {
  if (!fs::exists(folder / "metrics.csv"))
    throw ResultsError(fmt::format("{} holds no run: there is no metrics.csv", folder.string()));
  FinishedRun run;
  run.folder = folder;
  run.metrics = read_csv(folder / "metrics.csv");
  const Json summary = read_json(folder / "summary.json");
  if (summary.is_object() && summary.contains("config")) {
    run.finished = true;
    run.interrupted = summary.value("interrupted", false);
    run.config = summary.at("config");
  } else {
    run.config = to_json(Config::load((folder / "config.yaml").string(), {}).root());
  }
  run.name = run.config.value("name", folder.filename().string());
  run.method = run.name;
  run.place = {.sweep = folder.string(), .case_name = run.name, .grid = {}};
  return run;
}

std::vector<FinishedRun> read_runs(const std::vector<std::string>& folders) {
  std::vector<FinishedRun> runs;
  for (const std::string& folder : folders) {
    if (!is_sweep(folder)) {
      runs.push_back(read_run(folder));
      continue;
    }
    for_each_run(folder, [&](const Json& sweep, const Json& entry) {
      if (!is_done(entry)) return;
      FinishedRun run = read_run(fs::path(folder) / entry.at("name").get<std::string>());
      run.method = method_of(entry, sweep);
      run.place = place_of(folder, sweep, entry);
      runs.push_back(std::move(run));
    });
  }
  if (runs.empty()) throw ResultsError("no run of these sweeps is done");
  return runs;
}

std::vector<SweepPlace> runs_not_done(const std::vector<std::string>& folders) {
  std::vector<SweepPlace> places;
  for (const std::string& folder : folders)
    if (is_sweep(folder))
      for_each_run(folder, [&](const Json& sweep, const Json& run) {
        if (!is_done(run)) places.push_back(place_of(folder, sweep, run));
      });
  return places;
}

}  // namespace hearsay
