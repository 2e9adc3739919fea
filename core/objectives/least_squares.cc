#include "core/objectives/least_squares.h"

#include <algorithm>

#include "core/objectives/rows.h"
#include "core/vector_ops.h"

namespace hearsay {

LeastSquaresObjective::LeastSquaresObjective(std::shared_ptr<const Dataset> data, double lambda)
    : data_(std::move(data)), lambda_(lambda) {
  layout_.append("weight", {static_cast<std::int64_t>(data_->train.features)});
}

double LeastSquaresObjective::evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                                       Workspace& work) const {
  std::span<double> total;
  if (!gradient.empty()) {
    total = work.doubles(Workspace::Slot::objective, x.size());
    std::fill(total.begin(), total.end(), 0.0);
  }
  double loss = 0.0;
  for_linear_loss(data_->train, sample.rows, x, total, work, [&](const Margins& at) {
    for (std::size_t k = 0; k < at.rows.size(); ++k) {
      const double residual = at.margins[k] - data_->train.labels[at.rows[k]];
      loss += 0.5 * residual * residual;
      at.slopes[k] = residual;
    }
  });
  finish_l2_gradient(total, sample.rows.size(), lambda_, x, gradient);
  return loss / static_cast<double>(sample.rows.size()) + 0.5 * lambda_ * squared_norm(x);
}

std::optional<std::uint64_t> LeastSquaresObjective::correct(
    ConstVectorView /*x*/, ConstVectorView /*buffers*/,
    std::span<const std::uint32_t> /*test_rows*/, Workspace& /*work*/) const {
  return std::nullopt;
}

namespace {

std::unique_ptr<Objective> make(const Params& params, const ObjectiveContext& context) {
  return std::make_unique<LeastSquaresObjective>(require_features(context, "least-squares"),
                                                 params.number("lambda"));
}

}  // namespace

Part<MakeObjective> part_least_squares() {
  return {"least-squares",
          "linear regression on the labels",
          {number("lambda", "weight of (lambda/2) ||x||^2").at_least(0).by_default(0.0)},
          make,
          "model"};
}

}  // namespace hearsay
