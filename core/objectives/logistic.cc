#include "core/objectives/logistic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/objectives/rows.h"

namespace hearsay {

LogisticObjective::LogisticObjective(std::shared_ptr<const Dataset> data, double lambda,
                                     Regularizer regularizer)
    : data_(std::move(data)), lambda_(lambda), regularizer_(regularizer) {
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

namespace {

/// log(1 + exp(-y m)) and its derivative by m. exp never gets a positive argument, so nothing
/// overflows and small losses keep their digits.
RowLoss logistic_loss(double margin, double sign) {
  const double z = sign * margin;
  const double e = std::exp(-std::fabs(z));
  const double value = std::log1p(e) + (z < 0.0 ? -z : 0.0);
  const double wrong = (z < 0.0 ? 1.0 : e) / (1.0 + e);  // 1 / (1 + exp(z))
  return {value, -sign * wrong};
}

}  // namespace

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

double LogisticObjective::evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                                   Workspace& work) const {
  std::span<double> total;
  if (!gradient.empty()) {
    total = work.doubles(Workspace::Slot::objective, x.size());
    std::fill(total.begin(), total.end(), 0.0);
  }
  const double loss = sum_linear_loss(
      data_->train, sample.rows, x, total, work,
      [&](double margin, std::uint32_t r) { return logistic_loss(margin, sign_[r]); });
  const auto count = static_cast<double>(sample.rows.size());
  for (double& value : total) value /= count;
  const double regularizer = regularize(x, total);
  for (std::size_t j = 0; j < gradient.size(); ++j) gradient[j] = static_cast<float>(total[j]);
  return loss / count + regularizer;
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
