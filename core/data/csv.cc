#include "core/data/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/data/finish.h"
#include "core/data/line_reader.h"
#include "core/data/locate.h"

namespace hearsay {

namespace {

/// Cuts a line into fields, without blanks and quotes around them.
void split(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  for (;;) {
    std::size_t comma = line.find(',');
    const std::size_t start = line.find_first_not_of(" \t");
    if (start != std::string_view::npos && line[start] == '"') {
      const std::size_t closing = line.find('"', start + 1);
      comma = closing == std::string_view::npos ? closing : line.find(',', closing);
    }
    std::string_view field = trim(line.substr(0, comma));
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"')
      field = trim(field.substr(1, field.size() - 2));
    fields.push_back(field);
    if (comma == std::string_view::npos) return;
    line.remove_prefix(comma + 1);
  }
}

bool is_number(std::string_view text) {
  double ignored = 0.0;
  return parse_number(text, ignored);
}

class CsvReader {
 public:
  CsvReader(ByteStream& stream, const std::string& label, double scale)
      : lines_(stream), label_(label), scale_(scale) {
    table_.file = stream.name();
  }

  CsvTable read() {
    if (!next_fields()) throw DataError(table_.file + ": no rows");
    const std::vector<std::string> first(fields_.begin(), fields_.end());
    const std::uint64_t first_line = lines_.number();
    const bool more = next_fields();
    find_label(first, more ? fields_.size() : first.size());
    if (!is_header(first, more)) {
      const std::vector<std::string_view> row(first.begin(), first.end());
      add(row, first_line);
    }
    for (bool there = more; there; there = next_fields()) add(fields_, lines_.number());
    if (table_.labels.empty()) throw DataError(table_.file + ": a header, but no rows");
    table_.rows.count = table_.labels.size();
    return std::move(table_);
  }

 private:
  bool next_fields() {
    for (std::string_view line; lines_.next(line);) {
      if (trim(line).empty()) continue;
      split(line, fields_);
      return true;
    }
    return false;
  }

  void find_label(const std::vector<std::string>& first, std::size_t columns) {
    if (columns < 2)
      lines_.fail(
          fmt::format("{} field found, at least 2 are needed: a feature and the label", columns));
    columns_ = columns;
    table_.rows.features = columns - 1;
    if (label_ == "first" || label_ == "last") {
      label_column_ = label_ == "first" ? 0 : columns - 1;
      return;
    }
    const auto found = std::find(first.begin(), first.end(), label_);
    if (found == first.end() || first.size() != columns)
      throw DataError(fmt::format(
          "{}:1: no column named '{}' in the header; allowed are first, last and the name of a "
          "column",
          table_.file, label_));
    label_column_ = static_cast<std::size_t>(found - first.begin());
  }

  bool is_header(const std::vector<std::string>& first, bool more) const {
    if (label_ != "first" && label_ != "last") return true;
    if (first.size() != columns_) return true;
    for (std::size_t c = 0; c < first.size(); ++c)
      if (c != label_column_ && !first[c].empty() && !is_number(first[c])) return true;
    return more && !is_number(first[label_column_]) && is_number(fields_[label_column_]);
  }

  void add(const std::vector<std::string_view>& fields, std::uint64_t line) {
    if (fields.size() != columns_)
      lines_.fail_at(
          line, fmt::format("{} fields found, the rows before have {}", fields.size(), columns_));
    for (std::size_t c = 0; c < columns_; ++c) {
      if (fields[c].empty()) lines_.fail_at(line, fmt::format("field {} is empty", c + 1));
      if (c == label_column_) continue;
      double value = 0.0;
      if (!parse_number(fields[c], value))
        lines_.fail_at(
            line, fmt::format("field {}, '{}', is not a finite number", c + 1, excerpt(fields[c])));
      table_.rows.values.push_back(static_cast<float>(value * scale_));
      if (!std::isfinite(table_.rows.values.back()))
        lines_.fail_at(line, fmt::format("field {}, {}, is too large for a float", c + 1, value));
    }
    table_.labels.emplace_back(fields[label_column_]);
    table_.lines.push_back(line);
  }

  LineReader lines_;
  std::string label_;
  double scale_;
  CsvTable table_;
  std::vector<std::string_view> fields_;  // of the last line
  std::size_t columns_ = 0;
  std::size_t label_column_ = 0;
};

std::vector<std::string> sorted_distinct(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

void use_numbers(CsvTable& table) {
  for (std::size_t r = 0; r < table.labels.size(); ++r) {
    double number = 0.0;
    if (!parse_number(table.labels[r], number))
      throw DataError(fmt::format("{}:{}: label '{}' is not a number, as the training labels are",
                                  table.file, table.lines[r], excerpt(table.labels[r])));
    table.rows.labels.push_back(number);
  }
}

}  // namespace

CsvTable read_csv(ByteStream& stream, const std::string& label, double scale) {
  return CsvReader(stream, label, scale).read();
}

void number_labels(CsvTable& train, CsvTable* test) {
  if (std::all_of(train.labels.begin(), train.labels.end(),
                  [](const std::string& text) { return is_number(text); })) {
    use_numbers(train);
    if (test != nullptr) use_numbers(*test);
    return;
  }
  const auto names = sorted_distinct(train.labels);
  const auto place = [](const std::vector<std::string>& sorted, const std::string& text) {
    return static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), text) -
                                    sorted.begin());
  };
  for (const std::string& text : train.labels)
    train.rows.labels.push_back(static_cast<double>(place(names, text)));
  if (test == nullptr) return;
  std::vector<std::string> unseen;
  for (const std::string& text : test->labels)
    if (!std::binary_search(names.begin(), names.end(), text)) unseen.push_back(text);
  unseen = sorted_distinct(std::move(unseen));
  for (const std::string& text : test->labels) {
    const bool known = std::binary_search(names.begin(), names.end(), text);
    const std::size_t number = known ? place(names, text) : names.size() + place(unseen, text);
    test->rows.labels.push_back(static_cast<double>(number));
  }
}

Dataset load_csv(std::string name, ByteStream& train, ByteStream* test, const std::string& label,
                 const Params& params) {
  const double scale = params.number("scale");
  Dataset data;
  data.name = std::move(name);
  data.source = train.name();
  CsvTable train_table = read_csv(train, label, scale);
  CsvTable test_table;
  if (test != nullptr) {
    test_table = read_csv(*test, label, scale);
    data.source += " and " + test->name();
  }
  number_labels(train_table, test == nullptr ? nullptr : &test_table);
  data.train = std::move(train_table.rows);
  data.test = std::move(test_table.rows);
  finish(data, params);
  return data;
}

namespace {

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  const auto train = open_file(find_by_path(params.text("train"), paths));
  const auto test =
      params.has("test") ? open_file(find_by_path(params.text("test"), paths)) : nullptr;
  return load_csv(params.text("train"), *train, test.get(), params.text("label"), params);
}

}  // namespace

Part<DatasetMaker> part_csv() {
  return {
      "csv",
      "comma-separated numbers with a label column; a header line is recognised",
      with_common_params(
          {text("train", "file of the training rows").must(), text("test", "file of the test rows"),
           text("label", "the label's column: first, last, or its name in the header")
               .by_default("last")}),
      {make},
      "format"};
}

}  // namespace hearsay
