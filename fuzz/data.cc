#include "fuzz/data.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace hearsay::fuzz {

namespace {

template <class Numbers>
bool all_finite(const Numbers& numbers) {
  return std::all_of(numbers.begin(), numbers.end(),
                     [](auto value) { return std::isfinite(value); });
}

void check_sparse(const Rows& rows) {
  require(rows.row_begin.size() == rows.count + 1 && rows.row_begin.front() == 0 &&
              rows.row_begin.back() == rows.values.size() &&
              rows.columns.size() == rows.values.size(),
          "sparse rows have all their entries");
  for (std::size_t r = 0; r < rows.count; ++r) {
    require(rows.row_begin[r] <= rows.row_begin[r + 1], "rows follow each other");
    for (std::uint64_t k = rows.row_begin[r]; k < rows.row_begin[r + 1]; ++k) {
      require(rows.columns[k] < rows.features, "a column is one of the features");
      require(k == rows.row_begin[r] || rows.columns[k - 1] < rows.columns[k], "columns ascend");
    }
  }
}

void check_rows(const Rows& rows, const Dataset& data) {
  require(rows.labels.size() == rows.count, "each row has a label");
  require(all_finite(rows.labels) && all_finite(rows.values), "numbers are finite");
  const std::size_t items = rows.count * rows.features;
  if (rows.count == 0) return;
  if (rows.sparse()) return check_sparse(rows);
  if (rows.has_bytes()) return require(rows.bytes.size() == items, "rows of bytes are complete");
  if (!rows.has_words()) return require(rows.values.size() == items, "dense rows are complete");
  require(rows.words.size() == items, "rows of words are complete");
  for (const std::uint16_t word : rows.words)
    require(word < data.vocabulary, "a word is one of the vocabulary");
}

std::size_t size_of(const Rows& rows) {
  return rows.values.size() + rows.columns.size() + rows.bytes.size() + rows.words.size() +
         rows.labels.size();
}

void check(const Dataset& data) {
  require(data.train.count > 0 && data.train.features > 0, "there is something to train on");
  require(data.test.count == 0 || data.test.features == data.train.features,
          "test rows are as wide as training rows");
  check_rows(data.train, data);
  check_rows(data.test, data);
  std::size_t items = 1;
  for (const std::int64_t length : data.shape) items *= static_cast<std::size_t>(length);
  require(data.shape.empty() || items == data.train.features, "the shape is that of a row");
  require(std::is_sorted(data.classes.begin(), data.classes.end()), "classes ascend");
}

void check_message(const std::string& message) {
  require(!message.empty(), "an error has words");
  require(std::none_of(message.begin(), message.end(),
                       [](unsigned char c) { return c < 0x20 || c == 0x7f; }),
          "an error is one line of text");
}

}  // namespace

Params data_settings(const std::string& format, std::initializer_list<Entry> given) {
  // No target may read what another run has left.
  setenv("HEARSAY_CACHE", "none", 1);  // NOLINT(concurrency-mt-unsafe): there is one thread
  Params params;
  for (const Entry& entry : given) params.set(entry.key, entry.value);
  return complete(datasets().at(format), params);
}

void read_data(const Params& params, std::size_t bytes, std::size_t rows_cost) {
  try {
    const Dataset data = datasets().at(params.part()).make.make(params, {}, 1);
    check(data);
    const std::size_t rows = data.train.count + data.test.count;
    // A gzipped file may hold a thousand times its size.
    require(size_of(data.train) + size_of(data.test) <= 1100 * bytes + rows * rows_cost,
            "memory is bounded by the files");
  } catch (const DataError& error) {
    check_message(error.what());
  }
}

}  // namespace hearsay::fuzz
