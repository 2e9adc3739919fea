#include "core/objective.h"

#include <algorithm>

namespace hearsay {

void Objective::initialize(VectorView x0, Stream& /*stream*/) const {
  std::fill(x0.begin(), x0.end(), 0.0F);
}

}  // namespace hearsay
