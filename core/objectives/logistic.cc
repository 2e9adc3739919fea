#include "core/objectives/logistic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/objectives/rows.h"
#include "core/simd/logistic.h"

namespace hearsay {

LogisticObjective::LogisticObjective(std::shared_ptr<const Dataset> data, std::size_t parts,
                                     double lambda, Regularizer regularizer)
    : data_(std::move(data)),
      lambda_(lambda),
      regularizer_(regularizer),
      binary_(binary_rows(data_->train)),
      parts_(parts) {
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

/// R(x).
double LogisticObjective::regularizer_of(ConstVectorView x) const {
  double sum = 0.0;
  for (const float entry : x) {
    const double square = static_cast<double>(entry) * static_cast<double>(entry);
    sum += regularizer_ == Regularizer::l2 ? 0.5 * square : square / (1.0 + square);
  }
  return lambda_ * sum;
}

/// gradient_j = total_j / count + the derivative of R(x).
void LogisticObjective::finish(ConstVectorView x, std::span<const double> total, double count,
                               VectorView gradient) const {
  const auto each = [&](auto factor) {  // of lambda x_j
    for (std::size_t j = 0; j < gradient.size(); ++j) {
      const auto value = static_cast<double>(x[j]);
      gradient[j] =
          static_cast<float>(total[j] / count + lambda_ * value * factor(1.0 + value * value));
    }
  };
  if (regularizer_ == Regularizer::l2)
    each([](double /*one_plus*/) { return 1.0; });
  else
    each([](double one_plus) { return 2.0 / (one_plus * one_plus); });
}

/// The sample's rows in pieces; null where they are better taken one by one.
const LogisticObjective::Whole* LogisticObjective::folded(const Sample& sample) const {
  constexpr std::size_t kMany = 256;
  if (binary_ == nullptr || !sample.whole || sample.rows.size() < kMany) return nullptr;
  std::call_once(cut_once_,
                 [this] { cut_ = best_cut(data_->train, data_->train.count / parts_.size()); });
  Whole& whole = parts_.at(sample.part);
  std::call_once(whole.made, [&] {
    whole.rows = FoldedRows::of(data_->train, sample.rows, cut_);
    if (whole.rows == nullptr) return;
    for (const std::uint32_t r : sample.rows) whole.signs.push_back(static_cast<double>(sign_[r]));
    whole.signs.resize(sample.rows.size() + simd::kLogisticSlack);
  });
  return whole.rows == nullptr ? nullptr : &whole;
}

namespace {

/// Adds, one by one, the losses log(1 + exp(-z)) of margins with their signs, of which exps[k] =
/// exp(-|z|): exp never gets a positive argument, so nothing overflows and small losses keep their
/// digits.
double add_losses(double loss, const double* margins, const double* signs, const double* exps,
                  std::size_t count) {
  for (std::size_t k = 0; k < count; ++k) {
    const double z = signs[k] * margins[k];
    loss += std::log1p(exps[k]) + (z < 0.0 ? -z : 0.0);
  }
  return loss;
}

}  // namespace

/// The sum of the losses; adds the sum of their gradients to `total` unless that is empty.
double LogisticObjective::for_batch(ConstVectorView x, const Sample& sample,
                                    std::span<double> total, bool with_loss,
                                    Workspace& work) const {
  double loss = 0.0;
  std::array<double, kMargins> signs{};
  std::array<double, kMargins> exps{};
  static_assert(kMargins >= kMostRowsAtATime + simd::kLogisticSlack);
  const auto losses = [&](const Margins& at) {
    for (std::size_t k = 0; k < at.rows.size(); ++k)
      signs[k] = static_cast<double>(sign_[at.rows[k]]);
    simd::logistic_slopes(at.margins, signs.data(), at.rows.size(), exps.data(), at.slopes);
    if (with_loss) loss = add_losses(loss, at.margins, signs.data(), exps.data(), at.rows.size());
  };
  if (binary_ == nullptr) {
    for_linear_loss(data_->train, sample.rows, x, total, work, losses);
    return loss;
  }
  const auto model = work.doubles(Workspace::Slot::iterate, x.size() + 1);
  std::copy(x.begin(), x.end(), model.begin());
  model[x.size()] = 0.0;
  for_linear_loss(*binary_, sample.rows, kMostRowsAtATime, model.data(),
                  total.empty() ? nullptr : total.data(), losses);
  return loss;
}

/// The same of all rows of a node.
double LogisticObjective::for_whole(ConstVectorView x, const Whole& whole, std::span<double> total,
                                    bool with_loss, Workspace& work) const {
  constexpr std::size_t kAtATime = 256;  // that stay in the first cache, with the tables
  const FoldedRows& rows = *whole.rows;
  const std::size_t count = whole.signs.size() - simd::kLogisticSlack;
  const std::size_t table_size = rows.table_size();
  const auto scratch = work.doubles(Workspace::Slot::iterate,
                                    x.size() + 1 + table_size + count + simd::kLogisticSlack);
  std::copy(x.begin(), x.end(), scratch.begin());
  scratch[x.size()] = 0.0;
  const auto table = scratch.subspan(x.size() + 1, table_size);
  const auto slopes = scratch.last(count + simd::kLogisticSlack);
  rows.products(scratch.data(), table.data());

  double loss = 0.0;
  std::array<double, kAtATime + simd::kLogisticSlack> margins{};
  std::array<double, kAtATime + simd::kLogisticSlack> exps{};
  for (std::size_t begin = 0; begin < count; begin += kAtATime) {
    const std::size_t some = std::min(kAtATime, count - begin);
    const double* const signs = whole.signs.data() + begin;
    rows.dots(begin, some, table.data(), margins.data());
    simd::logistic_slopes(margins.data(), signs, some, exps.data(), &slopes[begin]);
    if (with_loss) loss = add_losses(loss, margins.data(), signs, exps.data(), some);
  }
  if (total.empty()) return loss;
  slopes[count] = 0.0;
  rows.add(slopes.data(), table.data(), total.data());
  return loss;
}

double LogisticObjective::run(ConstVectorView x, const Sample& sample, VectorView gradient,
                              bool with_loss, Workspace& work) const {
  std::span<double> total;
  if (!gradient.empty()) {
    total = work.doubles(Workspace::Slot::objective, x.size() + 1);  // as BinaryRows::add asks for
    std::fill(total.begin(), total.end(), 0.0);
    total = total.first(x.size());
  }
  const Whole* const whole = folded(sample);
  const double loss = whole == nullptr ? for_batch(x, sample, total, with_loss, work)
                                       : for_whole(x, *whole, total, with_loss, work);
  const auto count = static_cast<double>(sample.rows.size());
  finish(x, total, count, gradient);
  return with_loss ? loss / count + regularizer_of(x) : 0.0;
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
  return std::make_unique<LogisticObjective>(require_features(context, "logistic"), context.parts,
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
