#include "tools/run_page.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "nodes/results_file.h"
#include "tools/page_assets.h"
#include "tools/plots.h"
#include "topology/report.h"

namespace hearsay {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostRows = 20'000;
constexpr std::size_t kFewestRowsARun = 200;
constexpr std::size_t kMostEdges = 4'000;
constexpr std::streamoff kTail = std::streamoff{1} << 16;

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// As it stands in the table: a whole number stays one.
Json number(const std::string& cell) {
  std::uint64_t whole = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), whole);
  if (error == std::errc() && end == cell.data() + cell.size()) return whole;
  double value = 0.0;
  const auto [end_of, error_of] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error_of != std::errc() || end_of != cell.data() + cell.size()) return nullptr;
  return value;  // nan and inf become null
}

/// The rows of the last evaluation in a table with some rows an evaluation, without reading all of
/// it.
CsvTable last_rows(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  CsvTable table;
  std::string header;
  if (!std::getline(in, header)) return table;
  const std::streamoff begin = in.tellg();
  in.seekg(0, std::ios::end);
  const std::streamoff end = in.tellg();
  for (std::streamoff back = kTail;; back *= 4) {
    const std::streamoff from = std::max(begin, end - back);
    in.seekg(from);
    std::string text(static_cast<std::size_t>(end - from), '\0');
    in.read(text.data(), end - from);
    if (from > begin) text.erase(0, text.find('\n') + 1);  // a part of a row
    table = {};
    text.insert(0, header + "\n");
    append_csv(text, table);
    if (table.rows.empty()) return table;
    const std::string last = table.rows.back().front();
    const auto first = std::find_if(table.rows.rbegin(), table.rows.rend(),
                                    [&](const auto& row) { return row.front() != last; });
    if (first == table.rows.rend() && from > begin) continue;  // there are more of them
    table.rows.erase(table.rows.begin(), first.base());
    return table;
  }
}

/// Columns of the last evaluation's rows, and its round.
Json columns_json(const CsvTable& table, const std::vector<std::string>& columns) {
  Json json;
  json["round"] = table.rows.empty() ? Json(0) : number(table.rows.front().front());
  for (const std::string& column : columns) {
    json[column] = Json::array();
    const auto at = table.find(column);
    if (!at) continue;
    for (const auto& row : table.rows) json[column].push_back(number(row[*at]));
  }
  return json;
}

/// Which rows stand for all: of each stretch the first, and those with the lowest and highest loss.
std::vector<std::size_t> chosen_rows(const FinishedRun& run, std::size_t most) {
  const std::size_t count = run.evaluations();
  std::vector<std::size_t> rows;
  if (count <= most) {
    for (std::size_t k = 0; k < count; ++k) rows.push_back(k);
    return rows;
  }
  auto curve = column_of(run, "train_loss");
  if (std::none_of(curve.begin(), curve.end(), [](const auto& y) { return y.has_value(); }))
    curve = column_of(run, "consensus_error");
  const std::size_t stretch = (3 * count + most - 1) / most;
  for (std::size_t begin = 0; begin < count; begin += stretch) {
    const std::size_t end = std::min(begin + stretch, count);
    std::set<std::size_t> kept = {begin};
    std::size_t low = begin;
    std::size_t high = begin;
    for (std::size_t k = begin; k < end && !curve.empty(); ++k) {
      if (curve[k].value_or(0.0) < curve[low].value_or(0.0)) low = k;
      if (curve[k].value_or(0.0) > curve[high].value_or(0.0)) high = k;
    }
    kept.insert({low, high});
    if (end == count) kept.insert(count - 1);
    rows.insert(rows.end(), kept.begin(), kept.end());
  }
  return rows;
}

Json metrics_of(const FinishedRun& run, const std::vector<std::size_t>& rows) {
  Json json;
  for (std::size_t column = 0; column < run.metrics.columns.size(); ++column) {
    Json values = Json::array();
    for (const std::size_t row : rows) values.push_back(number(run.metrics.rows[row][column]));
    json[run.metrics.columns[column]] = std::move(values);
  }
  const auto factors = column_of(run, kContraction);
  Json values = Json::array();
  for (const std::size_t row : rows)
    values.push_back(row < factors.size() && factors[row] ? Json(*factors[row]) : Json(nullptr));
  json[kContraction] = std::move(values);
  return json;
}

Json edges_json(const fs::path& folder) {
  Json edges = Json::array();
  if (!fs::exists(folder / "edges.csv")) return edges;
  const CsvTable table = read_csv(folder / "edges.csv");
  const auto from = table.find("from");
  const auto to = table.find("to");
  const auto bytes = table.find("wire_bytes");
  if (!from || !to || !bytes || table.rows.size() > kMostEdges) return edges;
  for (const auto& row : table.rows)
    edges.push_back(Json::array({number(row[*from]), number(row[*to]), number(row[*bytes])}));
  return edges;
}

/// The place of the graph's picture among `graphs`.
std::size_t graph_place(const Json& topology, std::vector<std::string>& graphs) {
  std::vector<Edge> edges;
  for (const Json& edge : topology.at("edges"))
    edges.push_back({edge.at(0).get<NodeId>(), edge.at(1).get<NodeId>()});
  const Topology graph(topology.at("nodes").get<std::size_t>(), std::move(edges));
  // The picture goes into the page as it is: a name that is none of ours must not come along.
  auto kind = topology.at("graph").get<std::string>();
  const auto is_ours = [](char c) { return c == '-' || (c >= 'a' && c <= 'z'); };
  if (!std::all_of(kind.begin(), kind.end(), is_ours)) kind = "graph";
  const std::string svg = graph_svg(graph, kind, topology.at("server").get<bool>(), true);
  const auto place =
      static_cast<std::size_t>(std::find(graphs.begin(), graphs.end(), svg) - graphs.begin());
  if (place == graphs.size()) graphs.push_back(svg);
  return place;
}

std::string graph_in_words(const Json& topology) {
  std::string words = fmt::format("{}: {} nodes, {} edges", topology.value("graph", ""),
                                  topology.value("nodes", 0), topology.at("edges").size());
  if (topology.contains("spectrum") && !topology.value("server", false))
    words += fmt::format(", λ₂ = {:.4g}, spectral gap {:.4g}",
                         topology.at("spectrum").value("lambda2", 0.0),
                         topology.at("spectrum").value("gap", 0.0));
  return words;
}

void add_topology(Json& json, const FinishedRun& run, std::vector<std::string>& graphs) {
  const Json topology = Json::parse(read_text(run.folder / "topology.json"), nullptr, false);
  if (!topology.is_object()) return;
  json["graph_name"] = topology.value("graph", "");
  json["nodes"] = topology.value("nodes", 0);
  json["graph"] = graph_place(topology, graphs);
  json["facts"] = graph_in_words(topology) + ".";
  if (const auto forecast = forecast_contraction(topology, run.config))
    json["forecast"] = {{kContraction, *forecast}};
}

std::string state_of(const FinishedRun& run, const Json& summary) {
  if (!run.finished) return "not finished";
  return summary.value("interrupted", false) ? "stopped early" : "finished";
}

std::string now() {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::time(nullptr)));
}

}  // namespace

Json metrics_json(const FinishedRun& run, std::size_t first) {
  std::vector<std::size_t> rows;
  for (std::size_t k = first; k < run.evaluations(); ++k) rows.push_back(k);
  return metrics_of(run, rows);
}

Json nodes_json(const fs::path& folder) {
  Json json;
  json["node_rows"] = columns_json(last_rows(folder / "nodes.csv"),
                                   {"node", "squared_distance", "wire_bytes", "loss"});
  json["phase_rows"] = columns_json(last_rows(folder / "phases.csv"),
                                    {"node", "compute", "compress", "decode", "mix", "wait"});
  json["edges"] = edges_json(folder);
  return json;
}

Json run_json(const FinishedRun& run, std::size_t most, std::vector<std::string>& graphs) {
  const Json summary = Json::parse(read_text(run.folder / "summary.json"), nullptr, false);
  const auto of_summary = [&summary](const char* key) {
    return summary.is_object() && summary.contains(key) ? summary.at(key) : Json(nullptr);
  };
  Json json;
  json["name"] = run.method;
  json["folder"] = run.folder.string();
  json["algorithm"] = run.config.value("algorithm", Json::object()).value("name", "");
  json["seed"] = run.config.value("seed", Json(nullptr));
  json["digest"] = of_summary("digest");
  json["state"] = state_of(run, summary.is_object() ? summary : Json::object());
  json["warnings"] = of_summary("warnings").is_array() ? of_summary("warnings") : Json::array();
  json["environment"] =
      of_summary("environment").is_object() ? of_summary("environment") : Json::object();
  json["yaml"] = read_text(run.folder / "config.yaml");
  add_topology(json, run, graphs);
  json["evaluations"] = run.evaluations();
  json["metrics"] = metrics_of(run, chosen_rows(run, most));
  json.update(nodes_json(run.folder));
  return json;
}

std::vector<std::string> legend_of(const std::vector<FinishedRun>& runs) {
  std::map<std::string, int> count;
  for (const FinishedRun& run : runs) ++count[run.method];
  std::vector<std::string> names;
  std::map<std::string, int> taken;
  for (const FinishedRun& run : runs) {
    std::string name = run.method;
    if (count[name] > 1) name += ", seed " + run.config.value("seed", Json("?")).dump();
    if (const int times = ++taken[name]; times > 1) name += fmt::format(" ({})", times);
    names.push_back(std::move(name));
  }
  return names;
}

Json page_json(const std::vector<FinishedRun>& runs, const std::vector<std::string>& names) {
  Json json;
  const bool single = runs.size() == 1;
  const std::size_t most = std::max(kFewestRowsARun, kMostRows / runs.size());
  std::vector<std::string> graphs;
  Json entries = Json::array();
  std::size_t thinned = 0;
  for (std::size_t k = 0; k < runs.size(); ++k) {
    entries.push_back(run_json(runs[k], most, graphs));
    entries.back()["name"] = names[k];
    thinned += runs[k].evaluations() > most ? 1 : 0;
  }
  json["title"] = single ? runs.front().name : fmt::format("{} runs", runs.size());
  json["subtitle"] = single ? entries.front().value("facts", "") : "";
  json["note"] =
      thinned == 0
          ? ""
          : fmt::format(
                "{} of {} runs have more evaluations than this page holds: of each stretch "
                "it has the first, the lowest and the highest. All are in metrics.csv.",
                thinned, runs.size());
  json["footer"] =
      fmt::format("hearsay {}, {}. Drawn with dygraphs (MIT).", HEARSAY_VERSION, now());
  json["live"] = false;
  json["x_axes"] = Json::array();
  for (const XAxis& axis : x_axes())
    json["x_axes"].push_back(
        {{"column", axis.column}, {"name", axis.name}, {"label", axis.label}, {"unit", axis.unit}});
  json["y_axes"] = Json::array();
  for (const YAxis& axis : y_axes())
    json["y_axes"].push_back({{"column", axis.column},
                              {"title", axis.title},
                              {"label", axis.label},
                              {"linear", axis.linear},
                              {"percent", axis.in_percent},
                              {"forecast", axis.has_forecast}});
  json["graphs"] = graphs;
  json["runs"] = std::move(entries);
  return json;
}

std::string render_page(const Json& data) {
  // Within strings, where alone it can be, "<" would be read as a tag.
  std::string numbers;
  for (const char c : data.dump(-1, ' ', false, Json::error_handler_t::replace))
    numbers += c == '<' ? std::string("\\u003c") : std::string(1, c);
  const std::map<std::string, std::string_view, std::less<>> parts = {
      {"{{dygraph.css}}", page_asset(PageAsset::dygraph_css)},
      {"{{dygraph.js}}", page_asset(PageAsset::dygraph_js)},
      {"{{page.css}}", page_asset(PageAsset::page_css)},
      {"{{page.js}}", page_asset(PageAsset::page_js)},
      {"{{data}}", numbers}};
  const std::string_view frame = page_asset(PageAsset::page_html);
  std::string page;
  for (std::size_t at = 0; at < frame.size();) {
    const std::size_t open = frame.find("{{", at);
    const std::size_t close = open == std::string_view::npos ? open : frame.find("}}", open);
    if (close == std::string_view::npos) {
      page += frame.substr(at);
      break;
    }
    page += frame.substr(at, open - at);
    page += parts.at(std::string(frame.substr(open, close + 2 - open)));
    at = close + 2;
  }
  return page;
}

}  // namespace hearsay
