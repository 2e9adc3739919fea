#include "core/optimizers/adaptive.h"

#include <cassert>
#include <utility>

namespace hearsay {

std::vector<Param> moment_params() {
  // The least epsilon keeps the root away from zero in float32 too.
  return {number("beta1", "decay of the first moment").at_least(0).below(1).by_default(0.9),
          number("beta2", "decay of the second moment").at_least(0).below(1).by_default(0.99),
          number("epsilon", "added to the second moment, inside the root")
              .at_least(1e-30)
              .by_default(1e-8)};
}

std::vector<Param> adaptive_params() {
  std::vector<Param> params = moment_params();
  params.push_back(
      boolean("bias_correction", "divide the moments by 1 - beta^t").by_default(false));
  for (Param& param : weight_decay_params()) params.push_back(std::move(param));
  return params;
}

namespace {

/// base^exponent by squaring: products only, so the same bits with every math library.
double power(double base, std::uint64_t exponent) {
  double result = 1.0;
  for (; exponent != 0; exponent >>= 1U, base *= base)
    if ((exponent & 1U) != 0) result *= base;
  return result;
}

}  // namespace

Adaptive::Adaptive(const Params& params, std::size_t dimension, SecondMoment second_moment,
                   std::uint64_t freeze_after)
    : beta1_(params.number("beta1")),
      beta2_(params.number("beta2")),
      epsilon_(static_cast<float>(params.number("epsilon"))),
      bias_correction_(params.flag("bias_correction")),
      decay_(read_weight_decay(params)),
      second_moment_(second_moment),
      freeze_after_(freeze_after),
      m_(dimension),
      v_(dimension),
      vhat_(second_moment == SecondMoment::maximum ? dimension : 0) {}

simd::MomentStep Adaptive::next_step(double learning_rate) {
  ++steps_;
  const auto correction = [this](double beta) {
    return bias_correction_ ? static_cast<float>(1.0 / (1.0 - power(beta, steps_))) : 1.0F;
  };
  return {.beta1 = static_cast<float>(beta1_),
          .rest1 = static_cast<float>(1.0 - beta1_),
          .beta2 = static_cast<float>(beta2_),
          .rest2 = static_cast<float>(1.0 - beta2_),
          .scale1 = correction(beta1_),
          .scale2 = correction(beta2_),
          .epsilon = epsilon_,
          .eta = static_cast<float>(learning_rate),
          .decay = decay_,
          .frozen = steps_ > freeze_after_};
}

simd::Moments Adaptive::moments(std::size_t begin, std::size_t size) {
  return {.dimension = size,
          .m = m_.data() + begin,
          .v = v_.data() + begin,
          .vhat = second_moment_ == SecondMoment::maximum ? vhat_.data() + begin : nullptr};
}

void Adaptive::step_part(std::size_t begin, VectorView x, ConstVectorView g, double learning_rate) {
  assert(x.size() == g.size() && begin + x.size() <= m_.size());
  if (begin == 0) current_ = next_step(learning_rate);
  simd::moment_step(current_, moments(begin, x.size()), g.data(), x.data());
}

void Adaptive::direction(VectorView g) {
  assert(g.size() == m_.size());
  simd::moment_direction(next_step(0.0), moments(0, g.size()), g.data());
}

void Adaptive::visit_state(StateVisitor& visitor) {
  visitor.integer("steps", steps_);
  visitor.vector("m", m_);
  visitor.vector("v", v_);
  if (second_moment_ == SecondMoment::maximum) visitor.vector("vhat", vhat_);
}

}  // namespace hearsay
