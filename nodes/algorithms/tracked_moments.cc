#include "nodes/algorithms/tracked_moments.h"

#include <algorithm>

namespace hearsay {

TrackedMoments::TrackedMoments(const Params& params, std::size_t dimension, float start)
    : moments_(params, dimension), vhat_(dimension, start), u_(dimension, start) {}

void TrackedMoments::update_second(ConstVectorView g) {
  moments_.update_second(g);
  const ConstVectorView v = moments_.second();
  for (std::size_t j = 0; j < v.size(); ++j) {
    const float maximum = std::max(vhat_[j], v[j]);
    u_[j] += maximum - vhat_[j];
    vhat_[j] = maximum;
  }
}

void TrackedMoments::visit_state(StateVisitor& visitor) {
  moments_.visit_state(visitor);
  visitor.vector("vhat", vhat_);
  visitor.vector("u", u_);
}

}  // namespace hearsay
