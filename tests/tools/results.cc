#include "tests/tools/results.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/tools/process.h"

namespace hearsay::testing {

namespace {

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',')
      cells.emplace_back();
    else
      cells.back() += c;
  }
  return cells;
}

void expect_same_table(const std::filesystem::path& one, const std::filesystem::path& other) {
  const Table a = without_seconds(read_table(one));
  const Table b = without_seconds(read_table(other));
  EXPECT_GT(a.size(), 1U) << one << " has no rows";
  ASSERT_EQ(a.size(), b.size()) << one << " and " << other << " differ in length";
  for (std::size_t row = 0; row < a.size(); ++row)
    ASSERT_EQ(a[row], b[row]) << one << " and " << other << ", row " << row;
}

/// metrics.jsonl says what metrics.csv does, whatever happened to the run.
void expect_same_as_json_lines(const std::filesystem::path& folder) {
  const Table table = read_table(folder / "metrics.csv");
  std::istringstream in(read_file(folder / "metrics.jsonl"));
  std::string line;
  for (std::size_t row = 1; row < table.size(); ++row) {
    ASSERT_TRUE(std::getline(in, line)) << folder << ", row " << row;
    const auto json = nlohmann::json::parse(line);
    ASSERT_EQ(json.size(), table[0].size());
    for (std::size_t k = 0; k < table[0].size(); ++k) {
      const auto& value = json.at(table[0][k]);
      if (table[0][k] == "seconds") continue;  // six digits in the table
      if (table[row][k].empty()) {
        EXPECT_TRUE(value.is_null()) << table[0][k];
      } else {
        EXPECT_EQ(value.get<double>(), std::stod(table[row][k])) << table[0][k];
      }
    }
  }
  EXPECT_FALSE(std::getline(in, line)) << folder << " has more JSON lines than rows";
}

}  // namespace

Table read_table(const std::filesystem::path& file) {
  std::istringstream in(read_file(file));
  Table table;
  for (std::string line; std::getline(in, line);) table.push_back(split(line));
  return table;
}

Table without_seconds(Table table) {
  if (table.empty()) return table;
  const auto& header = table.front();
  const auto column = std::find(header.begin(), header.end(), "seconds") - header.begin();
  for (auto& row : table)
    if (column < static_cast<std::ptrdiff_t>(row.size())) row.erase(row.begin() + column);
  return table;
}

double last_metric(const std::filesystem::path& folder, const std::string& column) {
  const Table table = read_table(folder / "metrics.csv");
  const auto& header = table.at(0);
  const auto at = std::find(header.begin(), header.end(), column) - header.begin();
  return std::stod(table.back().at(static_cast<std::size_t>(at)));
}

void expect_same_results(const std::filesystem::path& one, const std::filesystem::path& other) {
  expect_same_table(one / "metrics.csv", other / "metrics.csv");
  expect_same_table(one / "nodes.csv", other / "nodes.csv");
  expect_same_as_json_lines(one);
  expect_same_as_json_lines(other);
  const bool by_layer = std::filesystem::exists(one / "layers.csv");
  EXPECT_EQ(by_layer, std::filesystem::exists(other / "layers.csv")) << one << " and " << other;
  if (by_layer) expect_same_table(one / "layers.csv", other / "layers.csv");
  const std::string edges = read_file(one / "edges.csv");
  EXPECT_FALSE(edges.empty()) << one;
  EXPECT_EQ(edges, read_file(other / "edges.csv")) << one << " and " << other;
  const std::string model = read_file(one / "model.safetensors");
  EXPECT_FALSE(model.empty()) << one;
  EXPECT_TRUE(model == read_file(other / "model.safetensors"))
      << "the models in " << one << " and " << other << " differ";
}

}  // namespace hearsay::testing
