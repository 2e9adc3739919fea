// What objectives over rows share: products of a row with a model, dense or sparse, in double and
// in a fixed order; class numbers; and the L2 regularizer.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/data/gather.h"
#include "core/objective.h"

namespace hearsay {

/// The data set of the context; throws ParamError("data", ...) when the config names none.
std::shared_ptr<const Dataset> require_data(const ObjectiveContext& context,
                                            std::string_view model);

/// The same for a model of features: throws also when the rows are sequences of word numbers.
std::shared_ptr<const Dataset> require_features(const ObjectiveContext& context,
                                                std::string_view model);

/// For each label its place in `classes` (ascending), or kNoClass when it is not there.
constexpr std::uint32_t kNoClass = std::numeric_limits<std::uint32_t>::max();
std::vector<std::uint32_t> class_numbers(std::span<const double> labels,
                                         std::span<const double> classes);

/// The classes of a data set for a classifier; throws ParamError("data", ...) when there are fewer
/// than two, or so many that the labels are a regression target.
const std::vector<double>& require_classes(const Dataset& data, std::string_view model);

/// Divides `total` (a sum over `count` rows) by count, adds lambda * x, and rounds once:
/// the gradient of a mean loss + (lambda / 2) ||x||^2.
void finish_l2_gradient(std::span<const double> total, std::size_t count, double lambda,
                        ConstVectorView x, VectorView gradient);

// Views of the rows, which the loops below are compiled for once each. A view gives one row at a
// time; the products of a row run in four lanes, term k in lane k mod 4, which are added in a fixed
// order.

struct DenseRow {
  const float* a;
  std::size_t features;

  double dot(const float* x) const {
    std::array<double, 4> lane{};
    std::size_t j = 0;
    for (; j + 4 <= features; j += 4)
      for (std::size_t l = 0; l < 4; ++l)
        lane[l] += static_cast<double>(a[j + l]) * static_cast<double>(x[j + l]);
    for (std::size_t l = 0; j < features; ++j, ++l)
      lane[l] += static_cast<double>(a[j]) * static_cast<double>(x[j]);
    return (lane[0] + lane[2]) + (lane[1] + lane[3]);
  }

  /// y += factor * a
  void add(double factor, double* y) const {
    for (std::size_t j = 0; j < features; ++j) y[j] += factor * static_cast<double>(a[j]);
  }
};

struct DenseView {
  const Rows& rows;
  DenseRow row(std::size_t r) const {
    return {rows.values.data() + r * rows.features, rows.features};
  }
};

/// A row of bytes becomes floats in `scratch` (features values), where it stays until the next
/// other one.
struct DecodedView {
  const Rows& rows;
  VectorView scratch;
  mutable std::optional<std::uint32_t> decoded = std::nullopt;
  DenseRow row(std::uint32_t r) const {
    if (decoded != r) gather(rows, {&r, 1}, scratch);
    decoded = r;
    return {scratch.data(), rows.features};
  }
};

struct SparseRow {
  const Rows& rows;
  std::uint64_t begin;
  std::uint64_t end;

  double dot(const float* x) const {
    std::uint64_t k = begin;
    const auto term = [&](std::uint64_t at) {
      return static_cast<double>(rows.values[at]) * static_cast<double>(x[rows.columns[at]]);
    };
    std::array<double, 4> lane{};
    for (; k + 4 <= end; k += 4)
      for (std::size_t l = 0; l < 4; ++l) lane[l] += term(k + l);
    for (std::size_t l = 0; k < end; ++k, ++l) lane[l] += term(k);
    return (lane[0] + lane[2]) + (lane[1] + lane[3]);
  }

  void add(double factor, double* y) const {
    for (std::uint64_t k = begin; k < end; ++k)
      y[rows.columns[k]] += factor * static_cast<double>(rows.values[k]);
  }
};

struct SparseView {
  const Rows& rows;
  SparseRow row(std::size_t r) const { return {rows, rows.row_begin[r], rows.row_begin[r + 1]}; }
};

/// Calls body with the view that fits the rows. Uses the floats of Workspace::Slot::objective.
template <class Body>
auto with_view(const Rows& rows, Workspace& work, Body body) {
  if (rows.has_bytes())
    return body(DecodedView{rows, work.floats(Workspace::Slot::objective, rows.features)});
  return rows.sparse() ? body(SparseView{rows}) : body(DenseView{rows});
}

/// How many rows a loop takes at a time: as many as stay in the first cache until they are read
/// again.
constexpr std::size_t kMostRowsAtATime = 64;
inline std::size_t rows_at_a_time(const Rows& rows) {
  if (rows.has_bytes()) return 1;  // of which only one is decoded at a time
  constexpr std::size_t kEntries = 4096;
  const std::size_t entries =
      rows.sparse() ? rows.columns.size() / std::max<std::size_t>(rows.count, 1) : rows.features;
  return std::clamp<std::size_t>(kEntries / std::max<std::size_t>(entries, 1), 1, kMostRowsAtATime);
}

/// What the loss of linear models is computed on: the margins a'x of some rows. `slopes`, its
/// derivatives there, are for the loss to write; both have room for kMargins values.
constexpr std::size_t kMargins = kMostRowsAtATime + 8;
struct Margins {
  std::span<const std::uint32_t> rows;
  const double* margins;
  double* slopes;
};

/// Products and sums of a few rows at a time, of any kind of view.
template <class View>
struct RowsOf {
  const View& view;

  void dots(std::span<const std::uint32_t> rows, const float* x, double* margins) const {
    for (std::size_t k = 0; k < rows.size(); ++k) margins[k] = view.row(rows[k]).dot(x);
  }
  void add(std::span<const std::uint32_t> rows, const double* factors, double* y) const {
    for (std::size_t k = 0; k < rows.size(); ++k) view.row(rows[k]).add(factors[k], y);
  }
};

/// loss(margins) for all of the sample's rows, in order; then, unless `total` is null, adds the sum
/// of the gradients, slope * a_r, to what it holds. `some` is a RowsOf, or BinaryRows, and x what
/// it multiplies by. The result does not depend on `at_a_time`.
template <class SomeRows, class X, class Loss>
void for_linear_loss(const SomeRows& some, std::span<const std::uint32_t> sample,
                     std::size_t at_a_time, const X* x, double* total, Loss loss) {
  std::array<double, kMargins> margins{};
  std::array<double, kMargins> slopes{};
  for (std::size_t begin = 0; begin < sample.size(); begin += at_a_time) {
    const auto rows = sample.subspan(begin, std::min(at_a_time, sample.size() - begin));
    some.dots(rows, x, margins.data());
    loss(Margins{rows, margins.data(), slopes.data()});
    if (total != nullptr) some.add(rows, slopes.data(), total);
  }
}

/// The same for rows as they are kept.
template <class Loss>
void for_linear_loss(const Rows& rows, std::span<const std::uint32_t> sample, ConstVectorView x,
                     std::span<double> total, Workspace& work, Loss loss) {
  with_view(rows, work, [&](auto view) {
    for_linear_loss(RowsOf<decltype(view)>{view}, sample, rows_at_a_time(rows), x.data(),
                    total.empty() ? nullptr : total.data(), loss);
  });
}

}  // namespace hearsay
