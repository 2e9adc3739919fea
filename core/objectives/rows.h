// What objectives over rows share: products of a row with a model, dense or sparse, in double and
// in a fixed order; class numbers; and the L2 regularizer.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
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
// time; the products of a row run in four lanes, which are added in a fixed order.

struct DenseRow {
  const float* a;
  std::size_t features;

  double dot(const float* x) const {
    std::array<double, 4> lane{};
    std::size_t j = 0;
    for (; j + 4 <= features; j += 4)
      for (std::size_t l = 0; l < 4; ++l)
        lane[l] += static_cast<double>(a[j + l]) * static_cast<double>(x[j + l]);
    for (; j < features; ++j) lane[0] += static_cast<double>(a[j]) * static_cast<double>(x[j]);
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

/// A row of bytes becomes floats in `scratch` (features values), where it stays until the next.
struct DecodedView {
  const Rows& rows;
  VectorView scratch;
  DenseRow row(std::uint32_t r) const {
    gather(rows, {&r, 1}, scratch);
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
    for (; k < end; ++k) lane[0] += term(k);
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

/// The loss of one row as a function of the margin a'x, and its derivative there.
struct RowLoss {
  double value = 0.0;
  double slope = 0.0;
};

/// sum over the sample's rows of loss(a_r'x, r), and unless `total` is empty the sum of the
/// gradients, slope * a_r, over what it holds. One pass over the rows.
template <class Loss>
double sum_linear_loss(const Rows& rows, std::span<const std::uint32_t> sample, ConstVectorView x,
                       std::span<double> total, Workspace& work, Loss loss) {
  return with_view(rows, work, [&](auto view) {
    double sum = 0.0;
    for (const std::uint32_t r : sample) {
      const auto row = view.row(r);
      const RowLoss at = loss(row.dot(x.data()), r);
      sum += at.value;
      if (!total.empty()) row.add(at.slope, total.data());
    }
    return sum;
  });
}

}  // namespace hearsay
