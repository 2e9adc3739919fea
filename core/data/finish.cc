#include "core/data/finish.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hearsay {

std::vector<Param> with_common_params(std::vector<Param> own, double scale, double holdout) {
  own.push_back(number("scale", "every feature is multiplied by it").above(0).by_default(scale));
  own.push_back(number("holdout",
                       "without test rows of its own: this share of the rows, taken at equal "
                       "distances, becomes the test set")
                    .at_least(0)
                    .at_most(0.5)
                    .by_default(holdout));
  return own;
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
  to.labels.push_back(from.labels[r]);
  ++to.count;
}

void hold_out(Dataset& data, std::size_t every) {
  Rows train;
  Rows test;
  for (Rows* rows : {&train, &test}) {
    rows->features = data.train.features;
    if (data.train.sparse()) rows->row_begin.push_back(0);
  }
  for (std::size_t r = 0; r < data.train.count; ++r)
    append_row((r + 1) % every == 0 ? test : train, data.train, r);
  data.train = std::move(train);
  data.test = std::move(test);
}

}  // namespace

void finish(Dataset& data, const Params& params) {
  if (data.train.count == 0) throw DataError(data.source + ": no training rows");
  if (data.train.features == 0) throw DataError(data.source + ": no features, only labels");
  const double holdout = params.number("holdout");
  if (data.test.count == 0 && holdout > 0.0)
    hold_out(data, static_cast<std::size_t>(std::lround(1.0 / holdout)));
  if (data.test.count > 0 && data.test.features != data.train.features)
    throw DataError(fmt::format("{}: {} features in a test row, {} in a training row", data.source,
                                data.test.features, data.train.features));
  data.classes = distinct_labels(data.train);
}

}  // namespace hearsay
