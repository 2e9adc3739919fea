#include "core/compressors/scaling.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace hearsay {

Scaling::Scaling(double omega, bool scaled)
    : omega_(omega), scaled_(scaled), divisor_(scaled ? 1.0 + omega : 1.0) {}

double Scaling::contraction() const {
  return std::max(0.0, (2.0 - (1.0 + omega_) / divisor_) / divisor_);
}

std::optional<double> Scaling::variance() const {
  if (scaled_) return std::nullopt;
  return omega_;
}

Scaling Scaling::resized(double omega) const {
  Scaling result(omega, scaled_);
  if (scaled_) result.divisor_ = std::max(result.divisor_, divisor_);
  return result;
}

float Scaling::sent(double norm) const {
  if (!std::isfinite(norm)) return static_cast<float>(norm);
  return static_cast<float>(std::min(norm / divisor_, double{FLT_MAX}));
}

Param scaled_param() {
  return boolean("scaled",
                 "divide by 1 + omega: a contraction, for channels with memory; false is "
                 "the unbiased original")
      .by_default(true);
}

}  // namespace hearsay
