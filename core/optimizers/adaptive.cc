#include "core/optimizers/adaptive.h"

#include <algorithm>
#include <cassert>
#include <cmath>
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

/// The constants of one step, in the precision of the loop.
struct Coefficients {
  float beta1, rest1;    // beta1, 1 - beta1
  float beta2, rest2;    // beta2, 1 - beta2
  float scale1, scale2;  // the bias corrections of m and vhat; 1 without
  float epsilon;
};

/// Updates the moments with gradient(j) and calls apply(j, a_j), for all j in one pass. vhat is
/// null where the second moment is v itself.
template <bool kMaximum, class Gradient, class Apply>
void update(const Coefficients c, std::size_t dimension, float* __restrict m, float* __restrict v,
            float* __restrict vhat, Gradient gradient, Apply apply) {
  for (std::size_t j = 0; j < dimension; ++j) {
    const float g = gradient(j);
    const float first = c.beta1 * m[j] + c.rest1 * g;
    float second = c.beta2 * v[j] + c.rest2 * (g * g);
    m[j] = first;
    v[j] = second;
    if constexpr (kMaximum) {
      second = std::max(vhat[j], second);
      vhat[j] = second;
    }
    apply(j, (first * c.scale1) / std::sqrt(second * c.scale2 + c.epsilon));
  }
}

}  // namespace

Adaptive::Adaptive(const Params& params, std::size_t dimension, SecondMoment second_moment)
    : beta1_(params.number("beta1")),
      beta2_(params.number("beta2")),
      epsilon_(static_cast<float>(params.number("epsilon"))),
      bias_correction_(params.flag("bias_correction")),
      decay_(read_weight_decay(params)),
      second_moment_(second_moment),
      m_(dimension),
      v_(dimension),
      vhat_(second_moment == SecondMoment::maximum ? dimension : 0) {}

template <class Gradient, class Apply>
void Adaptive::sweep(Gradient gradient, Apply apply) {
  ++steps_;
  Coefficients c{};
  c.beta1 = static_cast<float>(beta1_);
  c.rest1 = static_cast<float>(1.0 - beta1_);
  c.beta2 = static_cast<float>(beta2_);
  c.rest2 = static_cast<float>(1.0 - beta2_);
  c.scale1 = bias_correction_ ? static_cast<float>(1.0 / (1.0 - power(beta1_, steps_))) : 1.0F;
  c.scale2 = bias_correction_ ? static_cast<float>(1.0 / (1.0 - power(beta2_, steps_))) : 1.0F;
  c.epsilon = epsilon_;
  if (second_moment_ == SecondMoment::maximum)
    update<true>(c, m_.size(), m_.data(), v_.data(), vhat_.data(), gradient, apply);
  else
    update<false>(c, m_.size(), m_.data(), v_.data(), nullptr, gradient, apply);
}

void Adaptive::step(VectorView x, ConstVectorView g, double learning_rate) {
  assert(x.size() == m_.size() && g.size() == m_.size());
  float* const model = x.data();
  const float* const gradients = g.data();
  const auto eta = static_cast<float>(learning_rate);
  const float wd = decay_.rate;
  with_decay(decay_.kind, [&](auto kind) {
    sweep(
        [=](std::size_t j) {
          if constexpr (kind() == Decay::coupled) return gradients[j] + wd * model[j];
          return gradients[j];
        },
        [=](std::size_t j, float a) {
          if constexpr (kind() == Decay::decoupled) a += wd * model[j];
          model[j] -= eta * a;
        });
  });
}

void Adaptive::direction(VectorView g) {
  assert(g.size() == m_.size());
  float* const values = g.data();
  sweep([=](std::size_t j) { return values[j]; }, [=](std::size_t j, float a) { values[j] = a; });
}

void Adaptive::visit_state(StateVisitor& visitor) {
  visitor.integer("steps", steps_);
  visitor.vector("m", m_);
  visitor.vector("v", v_);
  if (second_moment_ == SecondMoment::maximum) visitor.vector("vhat", vhat_);
}

}  // namespace hearsay
