#include "nodes/algorithms/tracked_moments.h"

#include <algorithm>
#include <cassert>

namespace hearsay {

TrackedMoments::TrackedMoments(const Params& params, std::size_t dimension, float start)
    : beta1_(static_cast<float>(params.number("beta1"))),
      rest1_(static_cast<float>(1.0 - params.number("beta1"))),
      beta2_(static_cast<float>(params.number("beta2"))),
      rest2_(static_cast<float>(1.0 - params.number("beta2"))),
      epsilon_(static_cast<float>(params.number("epsilon"))),
      m_(dimension),
      v_(dimension),
      vhat_(dimension, start),
      u_(dimension, start) {}

void TrackedMoments::update_first(ConstVectorView g) {
  assert(g.size() == m_.size());
  for (std::size_t j = 0; j < m_.size(); ++j) m_[j] = beta1_ * m_[j] + rest1_ * g[j];
}

void TrackedMoments::update_second(ConstVectorView g) {
  assert(g.size() == v_.size());
  for (std::size_t j = 0; j < v_.size(); ++j) {
    v_[j] = beta2_ * v_[j] + rest2_ * (g[j] * g[j]);
    const float maximum = std::max(vhat_[j], v_[j]);
    u_[j] += maximum - vhat_[j];
    vhat_[j] = maximum;
  }
}

void TrackedMoments::visit_state(StateVisitor& visitor) {
  visitor.vector("m", m_);
  visitor.vector("v", v_);
  visitor.vector("vhat", vhat_);
  visitor.vector("u", u_);
}

}  // namespace hearsay
