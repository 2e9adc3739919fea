#include "nodes/evaluation.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "core/vector_ops.h"

namespace hearsay {

namespace {

double mean_squared_distance(const std::vector<std::vector<double>>& points) {
  const std::size_t size = points.front().size();
  std::vector<double> mean(size, 0.0);
  for (const auto& point : points)
    for (std::size_t k = 0; k < size; ++k) mean[k] += point[k];
  for (double& value : mean) value /= static_cast<double>(points.size());
  double total = 0.0;
  for (const auto& point : points)
    for (std::size_t k = 0; k < size; ++k) total += (point[k] - mean[k]) * (point[k] - mean[k]);
  return total / static_cast<double>(points.size());
}

/// Unlike std::max, keeps the NaN of a run that has diverged.
double positive_part(double x) {
  return x < 0.0 ? 0.0 : x;
}

}  // namespace

ConsensusMeasure consensus_measure(const std::string& choice, std::size_t projections,
                                   std::size_t dimension) {
  const bool exact = choice == "exact" || (choice == "auto" && dimension <= kLargeModel);
  return {.exact = exact, .projections = projections};
}

std::vector<double> consensus_sketch(ConstVectorView x, std::size_t size, std::uint64_t seed,
                                     Round t) {
  std::vector<double> sketch(size, 0.0);
  Stream stream({.seed = seed, .purpose = Purpose::projection, .round = t});
  for (const float value : x) {
    const std::uint64_t draw = stream();
    // The top 32 bits choose the sum (a multiply-shift, uniform within 2^-32 * size), the lowest
    // the sign.
    const std::size_t place = ((draw >> 32U) * size) >> 32U;
    sketch[place] += (draw & 1U) != 0 ? static_cast<double>(value) : -static_cast<double>(value);
  }
  return sketch;
}

Evaluation::Evaluation(Round t, std::size_t parts, std::size_t dimension, bool trains,
                       std::size_t test_rows, std::size_t buffers)
    : round_(t),
      parts_(parts),
      trains_(trains),
      test_rows_(test_rows),
      dimension_(dimension),
      sum_(dimension + buffers, 0.0) {}

void Evaluation::add_offer(const NodeOffer& offer) {
  seconds_ = std::max(seconds_, offer.seconds);
  epochs_ += offer.epochs;
  ideal_bits_ += offer.ideal_bits;
  wire_bytes_ += offer.wire_bytes;
  health_.add(offer.health);
  if (!offer.sketch.empty()) sketches_.push_back(offer.sketch);
}

void Evaluation::add_model(ConstVectorView x, ConstVectorView buffers) {
  const std::span<double> sum(sum_);
  accumulate(sum.first(dimension_), 1.0, x);
  accumulate(sum.subspan(dimension_), 1.0, buffers);
}

Vector Evaluation::mean() {
  Vector mean(sum_.size());
  for (std::size_t j = 0; j < sum_.size(); ++j) {
    const double exact = sum_[j] / static_cast<double>(parts_);
    mean[j] = static_cast<float>(exact);
    if (j >= dimension_) continue;
    const double rounding = exact - static_cast<double>(mean[j]);
    mean_rounding_ += rounding * rounding;
  }
  sum_.assign(trains_ ? dimension_ : 0, 0.0);
  if (!trains_) sum_.shrink_to_fit();
  return mean;
}

void Evaluation::add_result(const NodeResult& result, ConstVectorView gradient) {
  loss_sum_ += result.loss;
  distance_sum_ += result.squared_distance;
  if (result.correct) correct_ = correct_.value_or(0) + *result.correct;
  if (trains_) accumulate(sum_, 1.0, gradient);
}

MetricsRow Evaluation::row() const {
  const auto n = static_cast<double>(parts_);
  MetricsRow row{.round = round_,
                 .seconds = seconds_,
                 .ideal_bits = ideal_bits_,
                 .wire_bytes = wire_bytes_,
                 .health = health_.mean()};
  if (!sketches_.empty())
    row.consensus_error = mean_squared_distance(sketches_);
  else
    // (1/n) sum ||x_i - c||^2 = (1/n) sum ||x_i - x-bar||^2 + ||x-bar - c||^2 for any c; here c is
    // the mean in floats.
    row.consensus_error = positive_part(distance_sum_ / n - mean_rounding_);
  if (trains_) {
    row.epoch = epochs_ / n;
    row.train_loss = loss_sum_ / n;
    double squared = 0.0;
    for (const double value : sum_) squared += (value / n) * (value / n);
    row.grad_norm = std::sqrt(squared);
    if (correct_)
      row.test_accuracy = static_cast<double>(*correct_) / static_cast<double>(test_rows_);
  }
  return row;
}

}  // namespace hearsay
