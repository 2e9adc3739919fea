// `hearsay diff`: where two runs part, and by how much.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nodes/results_file.h"
#include "nodes/safetensors.h"
#include "tools/commands.h"
#include "tools/finished_run.h"

namespace hearsay {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Keys of two configs that differ, with both values: "algorithm.learning_rate: 0.01 and 0.003".
void add_differences(const Json& a, const Json& b, const std::string& path,
                     std::vector<std::string>& out) {
  if (!a.is_object() || !b.is_object()) {
    if (a != b)
      out.push_back(fmt::format("{}: {} and {}", path, a.is_null() ? "nothing" : a.dump(),
                                b.is_null() ? "nothing" : b.dump()));
    return;
  }
  const auto below = [&path](const std::string& key) {
    return path.empty() ? key : path + "." + key;
  };
  for (const auto& [key, value] : a.items())
    add_differences(value, b.contains(key) ? b.at(key) : Json(), below(key), out);
  for (const auto& [key, value] : b.items())
    if (!a.contains(key)) add_differences(Json(), value, below(key), out);
}

/// A cell of each of two runs.
struct Cells {
  std::string a;
  std::string b;
  std::optional<double> x;  // as numbers
  std::optional<double> y;

  /// Nothing when they are the same, or near enough; infinity when they are no numbers, or one is
  /// empty.
  std::optional<double> difference(double tolerance) const {
    if (a == b) return std::nullopt;
    if (!x || !y) return std::numeric_limits<double>::infinity();
    const double gap = std::abs(*x - *y);
    if (gap <= tolerance * std::max(std::abs(*x), std::abs(*y))) return std::nullopt;
    return gap;
  }

  std::string both() const {
    return fmt::format("{} and {}", a.empty() ? "nothing" : a, b.empty() ? "nothing" : b);
  }

  /// ", 0.02 apart (1.5e-3 of it)".
  std::string gap() const {
    if (!x || !y || !std::isfinite(*x) || !std::isfinite(*y)) return "";
    const double gap = std::abs(*x - *y);
    return fmt::format(", {:.3g} apart ({:.3g} of it)", gap,
                       gap / std::max(std::abs(*x), std::abs(*y)));
  }
};

/// Two tables, row beside row: those that are about the same.
class Beside {
 public:
  Beside(CsvTable a, CsvTable b, const std::vector<std::string>& keys)
      : a_(std::move(a)), b_(std::move(b)), keys_(keys) {
    std::map<std::string, std::size_t> places;
    for (std::size_t row = 0; row < b_.rows.size(); ++row) places[place_in(b_, row)] = row;
    for (std::size_t row = 0; row < a_.rows.size(); ++row) {
      const auto at = places.find(place_in(a_, row));
      if (at == places.end()) continue;
      pairs_.emplace_back(row, at->second);
    }
  }

  const CsvTable& a() const { return a_; }
  const CsvTable& b() const { return b_; }
  std::size_t rows() const { return pairs_.size(); }
  bool is_key(const std::string& column) const {
    return std::find(keys_.begin(), keys_.end(), column) != keys_.end();
  }

  Cells cells(std::size_t k, std::size_t in_a, std::size_t in_b) const {
    const auto [row_a, row_b] = pairs_[k];
    return {a_.rows[row_a][in_a], b_.rows[row_b][in_b], a_.number(row_a, in_a),
            b_.number(row_b, in_b)};
  }

  /// What a row is about: "round 10, node 3".
  std::string place(std::size_t k) const { return place_in(a_, pairs_[k].first); }

 private:
  std::string place_in(const CsvTable& table, std::size_t row) const {
    std::string text;
    for (const std::string& key : keys_)
      if (const auto column = table.find(key))
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key, table.rows[row][*column]);
    return text;
  }

  CsvTable a_;
  CsvTable b_;
  std::vector<std::string> keys_;
  std::vector<std::pair<std::size_t, std::size_t>> pairs_;
};

class Diff {
 public:
  explicit Diff(double tolerance) : tolerance_(tolerance) {}

  bool same() const { return same_; }

  void configs(const FinishedRun& a, const FinishedRun& b) {
    std::vector<std::string> lines;
    add_differences(a.config, b.config, "", lines);
    // Names and sockets make no other trajectory: said, and no difference by themselves.
    fmt::print("config: {}\n", lines.empty() ? "the same" : "differs in");
    for (const std::string& line : lines) fmt::print("  {}\n", line);
  }

  /// Row by row; `keys`: the columns that say what a row is about.
  void table(const fs::path& file_a, const fs::path& file_b, const std::vector<std::string>& keys) {
    const std::string name = file_a.filename().string();
    if (!fs::exists(file_a) && !fs::exists(file_b)) return;
    if (!fs::exists(file_a) || !fs::exists(file_b)) {
      differ();
      fmt::print("{}: only {} has one\n", name,
                 (fs::exists(file_a) ? file_a : file_b).parent_path().string());
      return;
    }
    const Beside beside(read_csv(file_a), read_csv(file_b), keys);
    std::vector<std::string> lines;
    first_row_ = beside.rows();
    for (const std::string& column : beside.a().columns) {
      if (column == "seconds" || beside.is_key(column)) continue;  // the clock's is no difference
      if (auto line = column_line(beside, column)) lines.push_back(std::move(*line));
    }
    for (const std::string& column : beside.b().columns)
      if (!beside.a().find(column))
        lines.push_back(fmt::format("{}: only the second has it", column));
    const std::size_t only_a = beside.a().rows.size() - beside.rows();
    const std::size_t only_b = beside.b().rows.size() - beside.rows();
    if (only_a + only_b > 0)
      lines.push_back(
          fmt::format("rows that only the first has: {}; only the second: {}", only_a, only_b));
    if (!lines.empty()) differ();
    fmt::print("{}: {}\n", name,
               lines.empty() ? fmt::format("the same, {} rows", beside.rows()) : "differs");
    if (first_row_ < beside.rows()) fmt::print("  first in {}\n", first_);
    for (const std::string& line : lines) fmt::print("  {}\n", line);
  }

  void models(const fs::path& file_a, const fs::path& file_b) {
    if (!fs::exists(file_a) || !fs::exists(file_b)) return;
    SafetensorsFile a(file_a);
    SafetensorsFile b(file_b);
    std::vector<std::string> lines;
    std::size_t values = 0;
    for (const SafetensorsFile::Tensor& tensor : a.tensors()) {
      const SafetensorsFile::Tensor* other = b.find(tensor.name);
      if (other == nullptr || other->shape != tensor.shape) {
        lines.push_back(fmt::format("{}: {}", tensor.name,
                                    other == nullptr ? "only the first has it" : "other shapes"));
        continue;
      }
      if (auto line = tensor_line(a, b, tensor, values)) lines.push_back(std::move(*line));
    }
    for (const SafetensorsFile::Tensor& tensor : b.tensors())
      if (a.find(tensor.name) == nullptr)
        lines.push_back(fmt::format("{}: only the second has it", tensor.name));
    if (!lines.empty()) differ();
    fmt::print("model.safetensors: {}\n",
               lines.empty() ? fmt::format("the same, {} values", values) : "differs");
    for (const std::string& line : lines) fmt::print("  {}\n", line);
  }

 private:
  void differ() { same_ = false; }

  /// How a column differs, if it does.
  std::optional<std::string> column_line(const Beside& beside, const std::string& column) {
    const std::size_t in_a = *beside.a().find(column);
    const auto in_b = beside.b().find(column);
    if (!in_b) return fmt::format("{}: only the first has it", column);
    std::size_t count = 0;
    std::size_t first = 0;
    std::size_t largest_row = 0;
    double largest = -1.0;
    for (std::size_t row = 0; row < beside.rows(); ++row) {
      const auto gap = beside.cells(row, in_a, *in_b).difference(tolerance_);
      if (!gap) continue;
      if (count++ == 0) first = row;
      if (*gap <= largest) continue;
      largest = *gap;
      largest_row = row;
    }
    if (count == 0) return std::nullopt;
    if (first < first_row_) {
      first_row_ = first;
      const Cells cells = beside.cells(first, in_a, *in_b);
      first_ = fmt::format("{}, {}: {}{}", beside.place(first), column, cells.both(), cells.gap());
    }
    return fmt::format("{}: {} of {} rows from {} on; most in {}: {}{}", column, count,
                       beside.rows(), beside.place(first), beside.place(largest_row),
                       beside.cells(largest_row, in_a, *in_b).both(),
                       beside.cells(largest_row, in_a, *in_b).gap());
  }

  std::optional<std::string> tensor_line(SafetensorsFile& a, SafetensorsFile& b,
                                         const SafetensorsFile::Tensor& tensor,
                                         std::size_t& values) const {
    std::size_t size = 1;
    for (const std::int64_t extent : tensor.shape) size *= static_cast<std::size_t>(extent);
    Vector x(size);
    Vector y(size);
    a.read(tensor.name, tensor.shape, x);
    b.read(tensor.name, tensor.shape, y);
    values += size;
    std::size_t count = 0;
    std::size_t place = 0;
    double largest = 0.0;
    for (std::size_t k = 0; k < size; ++k) {
      const auto u = static_cast<double>(x[k]);
      const auto v = static_cast<double>(y[k]);
      const double gap = std::abs(u - v);
      if (gap <= tolerance_ * std::max(std::abs(u), std::abs(v))) continue;
      ++count;
      if (gap > largest) {
        largest = gap;
        place = k;
      }
    }
    if (count == 0) return std::nullopt;
    return fmt::format("{}: {} of {} values, {:.3g} apart at most, at entry {}: {} and {}",
                       tensor.name, count, size, largest, place, x[place], y[place]);
  }

  double tolerance_;
  bool same_ = true;
  std::size_t first_row_ = 0;  // of the table in hand that differs
  std::string first_;
};

}  // namespace

int diff_command(const DiffOptions& options) {
  const FinishedRun a = read_run(options.a);
  const FinishedRun b = read_run(options.b);
  Diff diff(options.tolerance);
  diff.configs(a, b);
  const auto both = [&](const char* name, const std::vector<std::string>& keys) {
    diff.table(a.folder / name, b.folder / name, keys);
  };
  both("metrics.csv", {"round"});
  both("nodes.csv", {"round", "node"});
  both("layers.csv", {"round", "layer"});
  both("edges.csv", {"from", "to"});
  diff.models(a.folder / "model.safetensors", b.folder / "model.safetensors");
  return diff.same() ? 0 : kDiffer;
}

}  // namespace hearsay
