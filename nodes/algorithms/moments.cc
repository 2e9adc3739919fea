#include "nodes/algorithms/moments.h"

#include <cassert>
#include <cmath>

namespace hearsay {

Moments::Moments(const Params& params, std::size_t dimension)
    : beta1_(static_cast<float>(params.number("beta1"))),
      rest1_(static_cast<float>(1.0 - params.number("beta1"))),
      beta2_(static_cast<float>(params.number("beta2"))),
      rest2_(static_cast<float>(1.0 - params.number("beta2"))),
      epsilon_(static_cast<float>(params.number("epsilon"))),
      m_(dimension),
      v_(dimension) {}

void Moments::update_first(ConstVectorView g) {
  next_first(g, m_);
}

void Moments::update_second(ConstVectorView g) {
  assert(g.size() == v_.size());
  for (std::size_t j = 0; j < v_.size(); ++j) v_[j] = beta2_ * v_[j] + rest2_ * (g[j] * g[j]);
}

void Moments::next_first(ConstVectorView g, VectorView out) const {
  assert(g.size() == m_.size() && out.size() == m_.size());
  for (std::size_t j = 0; j < m_.size(); ++j) out[j] = beta1_ * m_[j] + rest1_ * g[j];
}

void Moments::replace_first(ConstVectorView first, float factor) {
  assert(first.size() == m_.size());
  for (std::size_t j = 0; j < m_.size(); ++j) m_[j] = factor * first[j];
}

void Moments::step(VectorView x, ConstVectorView first, float eta) const {
  assert(x.size() == v_.size() && first.size() == v_.size());
  for (std::size_t j = 0; j < x.size(); ++j) x[j] -= eta * (first[j] / std::sqrt(v_[j] + epsilon_));
}

void Moments::visit_state(StateVisitor& visitor) {
  visitor.vector("m", m_);
  visitor.vector("v", v_);
}

}  // namespace hearsay
