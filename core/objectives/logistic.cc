#include "core/objectives/logistic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/objectives/rows.h"
#include "core/simd/logistic.h"

namespace hearsay {

LogisticObjective::LogisticObjective(std::shared_ptr<const Dataset> data, double lambda,
                                     Regularizer regularizer)
    : data_(std::move(data)),
      lambda_(lambda),
      regularizer_(regularizer),
      binary_(binary_rows(data_->train)) {
  if (data_->classes.size() != 2)
    throw ParamError(
        "data", fmt::format("logistic needs exactly two distinct labels; {} has {}", data_->name,
                            data_->classes.empty() ? std::string("a regression target")
                                                   : std::to_string(data_->classes.size())));
  layout_.append("weight", {static_cast<std::int64_t>(data_->train.features)});
  sign_.reserve(data_->train.count);
  for (const double label : data_->train.labels)
    sign_.push_back(label == data_->classes[1] ? std::int8_t{1} : std::int8_t{-1});
}

/// R(x); adds its gradient to `gradient` unless that is empty.
double LogisticObjective::regularize(ConstVectorView x, std::span<double> gradient) const {
  double sum = 0.0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const auto value = static_cast<double>(x[j]);
    const double square = value * value;
    double slope = lambda_ * value;
    if (regularizer_ == Regularizer::l2) {
      sum += 0.5 * square;
    } else {
      const double one_plus = 1.0 + square;
      sum += square / one_plus;
      slope *= 2.0 / (one_plus * one_plus);
    }
    if (!gradient.empty()) gradient[j] += slope;
  }
  return lambda_ * sum;
}

/// The rows in pieces if a sample of so many is better taken as such.
const FoldedRows* LogisticObjective::folded(std::size_t rows) const {
  constexpr std::size_t kMany = 256;
  if (binary_ == nullptr || rows < kMany) return nullptr;
  std::call_once(many_rows_, [this] { folded_ = FoldedRows::of(data_->train); });
  return folded_ != nullptr && rows >= folded_->least_rows() ? folded_.get() : nullptr;
}

template <class Loss>
void LogisticObjective::for_rows(std::span<const std::uint32_t> rows, ConstVectorView x,
                                 std::span<double> total, Workspace& work, Loss loss) const {
  if (binary_ == nullptr) return for_linear_loss(data_->train, rows, x, total, work, loss);
  const FoldedRows* const pieces = folded(rows.size());
  const std::size_t table_size = pieces == nullptr ? 0 : pieces->table_size();
  const auto scratch = work.doubles(Workspace::Slot::iterate, x.size() + 1 + 2 * table_size);
  std::copy(x.begin(), x.end(), scratch.begin());
  scratch[x.size()] = 0.0;
  if (pieces == nullptr) {
    for_linear_loss(*binary_, rows, kMostRowsAtATime, scratch.data(),
                    total.empty() ? nullptr : total.data(), loss);
    return;
  }
  const auto products = scratch.subspan(x.size() + 1, table_size);
  const auto slopes = scratch.last(table_size);
  pieces->products(scratch.data(), products.data());
  std::fill(slopes.begin(), slopes.end(), 0.0);
  for_linear_loss(pieces->rows(), rows, kMostRowsAtATime, products.data(),
                  total.empty() ? nullptr : slopes.data(), loss);
  if (!total.empty()) pieces->spread(slopes.data(), total.data());
}

double LogisticObjective::run(ConstVectorView x, const Sample& sample, VectorView gradient,
                              bool with_loss, Workspace& work) const {
  std::span<double> total;
  if (!gradient.empty()) {
    total = work.doubles(Workspace::Slot::objective, x.size() + 1);  // as BinaryRows::add asks for
    std::fill(total.begin(), total.end(), 0.0);
    total = total.first(x.size());
  }
  double loss = 0.0;
  std::array<double, kMargins> signs{};
  std::array<double, kMargins> exps{};
  static_assert(kMargins >= kMostRowsAtATime + simd::kLogisticSlack);
  for_rows(sample.rows, x, total, work, [&](const Margins& at) {
    for (std::size_t k = 0; k < at.rows.size(); ++k)
      signs[k] = static_cast<double>(sign_[at.rows[k]]);
    simd::logistic_slopes(at.margins, signs.data(), at.rows.size(), exps.data(), at.slopes);
    if (!with_loss) return;
    // log(1 + exp(-z)): exp never gets a positive argument, so nothing overflows and small losses
    // keep their digits.
    for (std::size_t k = 0; k < at.rows.size(); ++k) {
      const double z = signs[k] * at.margins[k];
      loss += std::log1p(exps[k]) + (z < 0.0 ? -z : 0.0);
    }
  });
  const auto count = static_cast<double>(sample.rows.size());
  for (double& value : total) value /= count;
  const double regularizer = regularize(x, total);
  for (std::size_t j = 0; j < gradient.size(); ++j) gradient[j] = static_cast<float>(total[j]);
  return loss / count + regularizer;
}

double LogisticObjective::evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                                   Workspace& work) const {
  return run(x, sample, gradient, true, work);
}

void LogisticObjective::gradient(ConstVectorView x, const Sample& sample, VectorView gradient,
                                 Workspace& work) const {
  run(x, sample, gradient, false, work);
}

std::optional<std::uint64_t> LogisticObjective::correct(ConstVectorView x,
                                                        ConstVectorView /*buffers*/,
                                                        std::span<const std::uint32_t> test_rows,
                                                        Workspace& work) const {
  const Rows& test = data_->test;
  return with_view(test, work, [&](auto view) {
    std::uint64_t right = 0;
    for (const std::uint32_t r : test_rows) {
      const double predicted = data_->classes[view.row(r).dot(x.data()) >= 0.0 ? 1 : 0];
      if (test.labels[r] == predicted) ++right;
    }
    return right;
  });
}

namespace {

std::unique_ptr<Objective> make(const Params& params, const ObjectiveContext& context) {
  const auto regularizer = params.text("regularizer") == "l2"
                               ? LogisticObjective::Regularizer::l2
                               : LogisticObjective::Regularizer::nonconvex;
  return std::make_unique<LogisticObjective>(require_features(context, "logistic"),
                                             params.number("lambda"), regularizer);
}

}  // namespace

Part<MakeObjective> part_logistic() {
  return {"logistic",
          "binary logistic regression, with a nonconvex or an L2 regularizer",
          {number("lambda", "weight of the regularizer").at_least(0).by_default(0.1),
           choice("regularizer", {"nonconvex", "l2"},
                  "nonconvex: lambda sum x^2/(1+x^2); l2: (lambda/2) ||x||^2")
               .by_default("nonconvex")},
          make,
          "model"};
}

}  // namespace hearsay
