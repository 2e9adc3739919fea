#include "core/objectives/mlp.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/objectives/matmul.h"
#include "core/objectives/rows.h"
#include "core/vector_ops.h"

namespace hearsay {

namespace {

constexpr std::size_t kChunk = 256;  // rows

}  // namespace

struct MlpObjective::Scratch {
  std::vector<float*> activation;  // of the input and of each layer, [rows, width]
  float* delta;                    // derivative by a layer's output, [rows, width]
  float* next_delta;
  float* matrix;  // a transposed weight, or the gradient of one
};

MlpObjective::MlpObjective(std::shared_ptr<const Dataset> data,
                           const std::vector<std::size_t>& hidden, Activation activation,
                           double lambda)
    : data_(std::move(data)), activation_(activation), lambda_(lambda) {
  const auto& classes = require_classes(*data_, "mlp");
  widths_.push_back(data_->train.features);
  widths_.insert(widths_.end(), hidden.begin(), hidden.end());
  widths_.push_back(classes.size());
  class_of_ = class_numbers(data_->train.labels, classes);
  test_class_of_ = class_numbers(data_->test.labels, classes);

  std::size_t widest = 0;
  std::size_t largest = 0;
  for (std::size_t l = 0; l < depth(); ++l) {
    const auto in = static_cast<std::int64_t>(widths_[l]);
    const auto out = static_cast<std::int64_t>(widths_[l + 1]);
    layout_.append(fmt::format("layer{}.weight", l), {out, in});
    layout_.append(fmt::format("layer{}.bias", l), {out});
    widest = std::max(widest, widths_[l + 1]);
    largest = std::max(largest, widths_[l] * widths_[l + 1]);
  }
  const auto reserve = [&](std::size_t size) {
    const std::size_t at = scratch_size_;
    scratch_size_ += size;
    return at;
  };
  for (const std::size_t width : widths_) activation_at_.push_back(reserve(kChunk * width));
  delta_at_ = reserve(kChunk * widest);
  next_delta_at_ = reserve(kChunk * widest);
  matrix_at_ = reserve(largest);
}

void MlpObjective::initialize(VectorView x0, Stream& stream) const {
  std::fill(x0.begin(), x0.end(), 0.0F);
  for (std::size_t l = 0; l < depth(); ++l) {
    const bool he = activation_ == Activation::relu && l + 1 < depth();
    const auto fan = static_cast<double>(widths_[l] + (he ? 0 : widths_[l + 1]));
    const double bound = std::sqrt(6.0 / fan);
    const Layer& layer = layout_.layers()[2 * l];
    for (float& value : x0.subspan(layer.offset, layer.size))
      value = static_cast<float>(bound * (2.0 * stream.uniform() - 1.0));
  }
}

MlpObjective::Scratch MlpObjective::scratch(Workspace& work) const {
  float* floats = work.floats(Workspace::Slot::objective, scratch_size_).data();
  Scratch at{{}, floats + delta_at_, floats + next_delta_at_, floats + matrix_at_};
  for (const std::size_t offset : activation_at_) at.activation.push_back(floats + offset);
  return at;
}

/// Fills the activations from those of the input, and returns the scores.
const float* MlpObjective::forward(ConstVectorView x, std::size_t count, const Scratch& at) const {
  for (std::size_t l = 0; l < depth(); ++l) {
    const std::size_t in = widths_[l];
    const std::size_t out = widths_[l + 1];
    const float* bias = weight(x, l) + in * out;
    float* result = at.activation[l + 1];
    transpose(weight(x, l), out, in, at.matrix);
    multiply({at.activation[l], in, 1}, at.matrix, result, count, out, in);
    const bool last = l + 1 == depth();
    for (std::size_t r = 0; r < count; ++r) {
      float* row = result + r * out;
      for (std::size_t j = 0; j < out; ++j) row[j] += bias[j];
      if (last) continue;
      if (activation_ == Activation::relu)
        for (std::size_t j = 0; j < out; ++j) row[j] = std::max(row[j], 0.0F);
      else
        for (std::size_t j = 0; j < out; ++j) row[j] = std::tanh(row[j]);
    }
  }
  return at.activation[depth()];
}

/// Adds the gradient of the chunk's loss to `total`; at.delta holds the derivative by the scores.
void MlpObjective::backward(ConstVectorView x, std::size_t count, const Scratch& at,
                            std::span<double> total) const {
  const float* delta = at.delta;
  float* next = at.next_delta;
  float* spare = at.delta;
  for (std::size_t l = depth(); l-- > 0;) {
    const std::size_t in = widths_[l];
    const std::size_t out = widths_[l + 1];
    double* weight_total = total.data() + layout_.layers()[2 * l].offset;
    double* bias_total = weight_total + in * out;
    multiply({delta, 1, out}, at.activation[l], at.matrix, out, in, count);
    for (std::size_t j = 0; j < in * out; ++j) weight_total[j] += static_cast<double>(at.matrix[j]);
    for (std::size_t r = 0; r < count; ++r)
      for (std::size_t j = 0; j < out; ++j)
        bias_total[j] += static_cast<double>(delta[r * out + j]);
    if (l == 0) break;
    multiply({delta, out, 1}, weight(x, l), next, count, in, out);
    const float* value = at.activation[l];
    for (std::size_t j = 0; j < count * in; ++j) {
      if (activation_ == Activation::relu)
        next[j] = value[j] > 0.0F ? next[j] : 0.0F;
      else
        next[j] *= 1.0F - value[j] * value[j];
    }
    delta = next;
    std::swap(next, spare);
  }
}

namespace {

/// The cross-entropy of one row, accumulated in double; writes softmax(scores) - onehot(own) to
/// `delta`.
double cross_entropy(std::span<const float> scores, std::uint32_t own, float* delta) {
  const auto largest = static_cast<double>(*std::max_element(scores.begin(), scores.end()));
  double mass = 0.0;
  for (const float score : scores) mass += std::exp(static_cast<double>(score) - largest);
  for (std::size_t c = 0; c < scores.size(); ++c) {
    const double share = std::exp(static_cast<double>(scores[c]) - largest) / mass;
    delta[c] = static_cast<float>(share - (c == own ? 1.0 : 0.0));
  }
  return std::log(mass) + (largest - static_cast<double>(scores[own]));
}

}  // namespace

double MlpObjective::evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                              Workspace& work) const {
  const Scratch at = scratch(work);
  std::span<double> total;
  if (!gradient.empty()) {
    total = work.doubles(Workspace::Slot::objective, x.size());
    std::fill(total.begin(), total.end(), 0.0);
  }
  const std::size_t classes = widths_.back();
  double loss = 0.0;
  for (std::size_t begin = 0; begin < sample.rows.size(); begin += kChunk) {
    const auto chunk = sample.rows.subspan(begin, std::min(kChunk, sample.rows.size() - begin));
    gather(data_->train, chunk, {at.activation[0], chunk.size() * widths_[0]});
    const float* scores = forward(x, chunk.size(), at);
    for (std::size_t r = 0; r < chunk.size(); ++r)
      loss += cross_entropy({scores + r * classes, classes}, class_of_[chunk[r]],
                            at.delta + r * classes);
    if (!gradient.empty()) backward(x, chunk.size(), at, total);
  }
  finish_l2_gradient(total, sample.rows.size(), lambda_, x, gradient);
  return loss / static_cast<double>(sample.rows.size()) + 0.5 * lambda_ * squared_norm(x);
}

std::optional<std::uint64_t> MlpObjective::correct(ConstVectorView x, ConstVectorView /*buffers*/,
                                                   std::span<const std::uint32_t> test_rows,
                                                   Workspace& work) const {
  const Scratch at = scratch(work);
  const std::size_t classes = widths_.back();
  std::uint64_t right = 0;
  for (std::size_t begin = 0; begin < test_rows.size(); begin += kChunk) {
    const auto chunk = test_rows.subspan(begin, std::min(kChunk, test_rows.size() - begin));
    gather(data_->test, chunk, {at.activation[0], chunk.size() * widths_[0]});
    const float* scores = forward(x, chunk.size(), at);
    for (std::size_t r = 0; r < chunk.size(); ++r) {
      const float* row = scores + r * classes;
      const auto best = std::max_element(row, row + classes) - row;
      if (test_class_of_[chunk[r]] == static_cast<std::uint32_t>(best)) ++right;
    }
  }
  return right;
}

namespace {

std::unique_ptr<Objective> make(const Params& params, const ObjectiveContext& context) {
  std::vector<std::size_t> hidden;
  for (const std::int64_t width : params.integers("hidden"))
    hidden.push_back(static_cast<std::size_t>(width));
  const auto activation = params.text("activation") == "tanh" ? MlpObjective::Activation::tanh
                                                              : MlpObjective::Activation::relu;
  return std::make_unique<MlpObjective>(require_features(context, "mlp"), hidden, activation,
                                        params.number("lambda"));
}

}  // namespace

Part<MakeObjective> part_mlp() {
  return {"mlp",
          "a fully connected network",
          {list_of("hidden", integer("width", "units of a hidden layer").at_least(1).at_most(1e6),
                   "widths of the hidden layers")
               .by_default(std::vector<Value>{64}),
           choice("activation", {"relu", "tanh"}, "of the hidden layers").by_default("relu"),
           number("lambda", "weight of (lambda/2) ||x||^2").at_least(0).by_default(0.0)},
          make,
          "model"};
}

}  // namespace hearsay
