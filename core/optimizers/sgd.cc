#include "core/optimizers/sgd.h"

#include <cassert>
#include <utility>

namespace hearsay {

std::vector<Param> sgd_params() {
  std::vector<Param> params = {
      number("momentum", "decay of the heavy ball; 0 is plain gradient descent")
          .at_least(0)
          .below(1)
          .by_default(0.0)};
  for (Param& param : weight_decay_params()) params.push_back(std::move(param));
  return params;
}

Sgd::Sgd(const Params& params, std::size_t dimension)
    : momentum_(static_cast<float>(params.number("momentum"))),
      decay_(read_weight_decay(params)),
      average_(momentum_ > 0.0F ? dimension : 0) {}

void Sgd::step_part(std::size_t begin, VectorView x, ConstVectorView g, double learning_rate) {
  assert(x.size() == g.size() && (average_.empty() || begin + g.size() <= average_.size()));
  const auto eta = static_cast<float>(learning_rate);
  const float mu = momentum_;
  const float wd = decay_.rate;
  with_decay(decay_.kind, [&](auto kind) {
    const auto gradient = [=](std::size_t j) {
      if constexpr (kind() == Decay::coupled) return g[j] + wd * x[j];
      return g[j];
    };
    const auto apply = [=](std::size_t j, float a) {
      if constexpr (kind() == Decay::decoupled) a += wd * x[j];
      x[j] -= eta * a;
    };
    if (average_.empty()) {
      for (std::size_t j = 0; j < x.size(); ++j) apply(j, gradient(j));
    } else {
      float* __restrict a = average_.data() + begin;
      for (std::size_t j = 0; j < x.size(); ++j) {
        a[j] = mu * a[j] + gradient(j);
        apply(j, a[j]);
      }
    }
  });
}

void Sgd::direction(VectorView g) {
  if (average_.empty()) return;
  assert(average_.size() == g.size());
  for (std::size_t j = 0; j < g.size(); ++j) g[j] = average_[j] = momentum_ * average_[j] + g[j];
}

void Sgd::visit_state(StateVisitor& visitor) {
  if (!average_.empty()) visitor.vector("momentum", average_);
}

Part<MakeOptimizer> part_sgd() {
  return {"sgd", "gradient descent, with heavy-ball momentum if asked", sgd_params(),
          [](const Params& params, std::size_t dimension) -> std::unique_ptr<Optimizer> {
            return std::make_unique<Sgd>(params, dimension);
          }};
}

}  // namespace hearsay
