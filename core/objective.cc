#include "core/objective.h"

#include <algorithm>

namespace hearsay {

void Objective::initialize(VectorView x0, Stream& /*stream*/) const {
  std::fill(x0.begin(), x0.end(), 0.0F);
}

void Objective::gradient(ConstVectorView x, const Sample& sample, VectorView gradient,
                         Workspace& work) const {
  evaluate(x, sample, gradient, work);
}

const Layout& Objective::buffer_layout() const {
  static const Layout kNone;
  return kNone;
}

void Objective::initialize_buffers(VectorView /*buffers*/) const {}

void Objective::save(ConstVectorView /*x*/, ConstVectorView /*buffers*/,
                     const std::string& /*folder*/) const {}

}  // namespace hearsay
