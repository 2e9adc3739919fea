#include "core/objectives/softmax.h"

#include <algorithm>
#include <cmath>

#include "core/objectives/rows.h"
#include "core/vector_ops.h"

namespace hearsay {

SoftmaxObjective::SoftmaxObjective(std::shared_ptr<const Dataset> data, double lambda, bool bias)
    : data_(std::move(data)), lambda_(lambda), bias_(bias) {
  const auto& classes = require_classes(*data_, "softmax");
  classes_ = classes.size();
  const auto rows = static_cast<std::int64_t>(classes_);
  layout_.append("weight", {rows, static_cast<std::int64_t>(data_->train.features)});
  if (bias_) layout_.append("bias", {rows});
  class_of_ = class_numbers(data_->train.labels, classes);
  test_class_of_ = class_numbers(data_->test.labels, classes);
}

namespace {

/// s = W a_r + b
template <class Row>
void score(const Row& row, std::size_t features, ConstVectorView x, bool bias,
           std::span<double> s) {
  for (std::size_t c = 0; c < s.size(); ++c) {
    s[c] = row.dot(x.data() + c * features);
    if (bias) s[c] += static_cast<double>(x[s.size() * features + c]);
  }
}

}  // namespace

double SoftmaxObjective::evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                                  Workspace& work) const {
  const bool wanted = !gradient.empty();
  const auto scratch = work.doubles(Workspace::Slot::objective, classes_ + (wanted ? x.size() : 0));
  const auto s = scratch.first(classes_);
  const auto total = scratch.subspan(classes_);
  std::fill(total.begin(), total.end(), 0.0);
  const std::size_t features = data_->train.features;

  const double loss = with_view(data_->train, work, [&](auto view) {
    double sum = 0.0;
    for (const std::uint32_t r : sample.rows) {
      const auto row = view.row(r);
      score(row, features, x, bias_, s);
      const double own = s[class_of_[r]];
      const double largest = *std::max_element(s.begin(), s.end());
      double mass = 0.0;
      for (double& value : s) {
        value = std::exp(value - largest);
        mass += value;
      }
      sum += std::log(mass) + (largest - own);
      if (!wanted) continue;
      for (std::size_t c = 0; c < classes_; ++c) {
        const double slope = s[c] / mass - (c == class_of_[r] ? 1.0 : 0.0);
        row.add(slope, total.data() + c * features);
        if (bias_) total[classes_ * features + c] += slope;
      }
    }
    return sum;
  });
  if (wanted) finish_l2_gradient(total, sample.rows.size(), lambda_, x, gradient);
  return loss / static_cast<double>(sample.rows.size()) + 0.5 * lambda_ * squared_norm(x);
}

std::optional<std::uint64_t> SoftmaxObjective::correct(ConstVectorView x,
                                                       ConstVectorView /*buffers*/,
                                                       std::span<const std::uint32_t> test_rows,
                                                       Workspace& work) const {
  const auto s = work.doubles(Workspace::Slot::objective, classes_);
  return with_view(data_->test, work, [&](auto view) {
    std::uint64_t right = 0;
    for (const std::uint32_t r : test_rows) {
      score(view.row(r), data_->test.features, x, bias_, s);
      const auto best = std::max_element(s.begin(), s.end()) - s.begin();
      if (test_class_of_[r] == static_cast<std::uint32_t>(best)) ++right;
    }
    return right;
  });
}

namespace {

std::unique_ptr<Objective> make(const Params& params, const ObjectiveContext& context) {
  return std::make_unique<SoftmaxObjective>(require_features(context, "softmax"),
                                            params.number("lambda"), params.flag("bias"));
}

}  // namespace

Part<MakeObjective> part_softmax() {
  return {"softmax",
          "multinomial logistic regression",
          {number("lambda", "weight of (lambda/2) ||x||^2").at_least(0).by_default(0.0),
           boolean("bias", "an intercept a class").by_default(true)},
          make,
          "model"};
}

}  // namespace hearsay
