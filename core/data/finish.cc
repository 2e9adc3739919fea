#include "core/data/finish.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hearsay {

std::vector<Param> with_common_params(std::vector<Param> own, double scale, double holdout) {
  own.push_back(number("scale", "every feature is multiplied by it").above(0).by_default(scale));
  return with_holdout(std::move(own), holdout);
}

std::vector<Param> with_holdout(std::vector<Param> own, double holdout) {
  own.push_back(number("holdout",
                       "without test rows of its own: this share of the rows, taken at equal "
                       "distances, becomes the test set")
                    .at_least(0)
                    .at_most(0.5)
                    .by_default(holdout));
  return own;
}

std::size_t holdout_step(const Params& params) {
  const double holdout = params.number("holdout");
  return holdout > 0.0 ? static_cast<std::size_t>(std::lround(1.0 / holdout)) : 0;
}

std::vector<double> distinct_labels(const Rows& rows) {
  constexpr std::size_t kMostClasses = 10'000;
  std::vector<double> labels = rows.labels;
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  if (labels.size() > kMostClasses) labels.clear();
  return labels;
}

std::size_t fit_width(Rows& rows, std::size_t features) {
  rows.features = features;
  std::size_t kept = 0;
  std::size_t next = 0;
  for (std::size_t r = 0; r < rows.count; ++r) {
    for (const std::size_t end = rows.row_begin[r + 1]; next < end; ++next) {
      if (rows.columns[next] >= features) continue;
      rows.columns[kept] = rows.columns[next];
      rows.values[kept++] = rows.values[next];
    }
    rows.row_begin[r + 1] = kept;
  }
  rows.columns.resize(kept);
  rows.values.resize(kept);
  return next - kept;
}

namespace {

void append_row(Rows& to, const Rows& from, std::size_t r) {
  to.labels.push_back(from.labels[r]);
  ++to.count;
  if (from.values.empty() && !from.sparse()) return;
  std::size_t begin = r * from.features;
  std::size_t end = begin + from.features;
  if (from.sparse()) {
    begin = from.row_begin[r];
    end = from.row_begin[r + 1];
    to.columns.insert(to.columns.end(), from.columns.begin() + static_cast<std::ptrdiff_t>(begin),
                      from.columns.begin() + static_cast<std::ptrdiff_t>(end));
  }
  to.values.insert(to.values.end(), from.values.begin() + static_cast<std::ptrdiff_t>(begin),
                   from.values.begin() + static_cast<std::ptrdiff_t>(end));
  if (from.sparse()) to.row_begin.push_back(to.values.size());
}

/// The rows of a row-major array for which `wanted` holds.
template <class Item, class Wanted>
std::vector<Item> select_rows(std::span<const Item> all, const Rows& rows, Wanted wanted) {
  std::vector<Item> result;
  for (std::size_t r = 0; r < rows.count; ++r) {
    if (!wanted(r)) continue;
    const auto row = all.subspan(r * rows.features, rows.features);
    result.insert(result.end(), row.begin(), row.end());
  }
  return result;
}

template <class Wanted>
Rows select(const Rows& from, Wanted wanted) {
  Rows to;
  to.features = from.features;
  if (from.sparse()) to.row_begin.push_back(0);
  for (std::size_t r = 0; r < from.count; ++r)
    if (wanted(r)) append_row(to, from, r);
  if (from.has_bytes()) to.keep_bytes(select_rows(from.bytes, from, wanted), from.byte_values);
  if (from.has_words()) to.keep_words(select_rows(from.words, from, wanted));
  return to;
}

void hold_out(Dataset& data, std::size_t every) {
  data.test = select(data.train, [&](std::size_t r) { return (r + 1) % every == 0; });
  data.train = select(data.train, [&](std::size_t r) { return (r + 1) % every != 0; });
}

}  // namespace

void finish(Dataset& data, const Params& params) {
  if (data.train.count == 0) throw DataError(data.source + ": no training rows");
  if (data.train.features == 0) throw DataError(data.source + ": no features, only labels");
  const std::size_t step = holdout_step(params);
  if (data.test.count == 0 && step > 0) hold_out(data, step);
  if (data.test.count > 0 && data.test.features != data.train.features)
    throw DataError(fmt::format("{}: {} features in a test row, {} in a training row", data.source,
                                data.test.features, data.train.features));
  data.classes = distinct_labels(data.train);
}

}  // namespace hearsay
