#include "core/data/libsvm.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/data/finish.h"
#include "core/data/line_reader.h"
#include "core/data/locate.h"

namespace hearsay {

namespace {

/// Cuts the next word off the front of `rest`; empty when there is none.
std::string_view next_word(std::string_view& rest) {
  std::size_t begin = 0;
  while (begin < rest.size() && (rest[begin] == ' ' || rest[begin] == '\t')) ++begin;
  std::size_t end = begin;
  while (end < rest.size() && rest[end] != ' ' && rest[end] != '\t') ++end;
  const std::string_view word = rest.substr(begin, end - begin);
  rest.remove_prefix(end);
  return word;
}

/// The index and value of "index:value".
struct EntryText {
  std::uint64_t index = 0;
  double value = 0.0;
};

EntryText parse_entry(std::string_view word, const LineReader& lines) {
  EntryText entry;
  const char* end = word.data() + word.size();
  const auto [colon, error] = std::from_chars(word.data(), end, entry.index);
  if (error != std::errc() || colon == end || *colon != ':')
    lines.fail(
        fmt::format("'{}' found where index:value is expected, such as 3:0.5", excerpt(word)));
  const std::string_view value(colon + 1, end - colon - 1);
  if (!parse_number(value, entry.value))
    lines.fail(
        fmt::format("value '{}' of index {} is not a finite number", excerpt(value), entry.index));
  if (entry.index == 0) lines.fail("index 0 is not allowed, indices start at 1");
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int32_t>::max();
  if (entry.index > kLargest)
    lines.fail(fmt::format("index {} is too large, at most {} is allowed", entry.index, kLargest));
  return entry;
}

}  // namespace

Rows read_libsvm(ByteStream& stream, double scale) {
  LineReader lines(stream);
  Rows rows;
  rows.row_begin.push_back(0);
  std::uint64_t largest = 0;
  for (std::string_view line; lines.next(line);) {
    line = line.substr(0, line.find('#'));
    const std::string_view label = next_word(line);
    if (label.empty()) continue;
    double number = 0.0;
    if (!parse_number(label, number))
      lines.fail(fmt::format("label '{}' is not a finite number", excerpt(label)));
    std::uint64_t last = 0;
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
      const EntryText entry = parse_entry(word, lines);
      if (entry.index <= last)
        lines.fail(fmt::format("index {} after index {}, indices must ascend", entry.index, last));
      last = entry.index;
      rows.columns.push_back(static_cast<std::uint32_t>(entry.index - 1));
      rows.values.push_back(static_cast<float>(entry.value * scale));
      if (!std::isfinite(rows.values.back()))
        lines.fail(fmt::format("value {} of index {} is too large for a float", entry.value, last));
    }
    largest = std::max(largest, last);
    rows.labels.push_back(number);
    rows.row_begin.push_back(rows.values.size());
  }
  rows.count = rows.labels.size();
  rows.features = largest;
  return rows;
}

Dataset load_libsvm(std::string name, const std::string& train_path, const std::string& test_path,
                    const Params& params) {
  Dataset data;
  data.name = std::move(name);
  data.source = train_path;
  const double scale = params.number("scale");
  data.train = read_libsvm(*open_file(train_path), scale);
  if (!test_path.empty()) {
    data.test = read_libsvm(*open_file(test_path), scale);
    const std::size_t dropped = fit_width(data.test, data.train.features);
    data.source += " and " + test_path;
    if (dropped > 0)
      data.source += fmt::format(" ({} entries of test rows beyond feature {} dropped)", dropped,
                                 data.train.features);
  }
  finish(data, params);
  return data;
}

namespace {

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  const std::string test = params.has("test") ? find_by_path(params.text("test"), paths) : "";
  return load_libsvm(params.text("train"), find_by_path(params.text("train"), paths), test, params);
}

}  // namespace

Part<DatasetMaker> part_libsvm() {
  return {"libsvm",
          "text files of the LIBSVM collection, sparse: label index:value ...",
          with_common_params({text("train", "file of the training rows").must(),
                              text("test", "file of the test rows")}),
          {make},
          "format"};
}

}  // namespace hearsay
