// Centered clipping. [Karimireddy, He, Jaggi: Learning from history for Byzantine robust
// optimization, ICML 2021, Algorithm 2, AggrCC]
#pragma once

#include "core/aggregator.h"

namespace hearsay {

/// v_0 = the last round's aggregate (zero before round 1);
/// v_l = v_{l-1} + (1/n) sum_i (x_i - v_{l-1}) min(1, tau / ||x_i - v_{l-1}||), l = 1..L
///   One poisoned vector moves the aggregate by at most L tau / n a round, whatever it holds.
///   O(L n d) time.
class CenteredClipping final : public Aggregator {
 public:
  CenteredClipping(double tau, std::size_t iterations) : tau_(tau), iterations_(iterations) {}

  std::optional<std::string> impossible_for(std::size_t /*n*/) const override { return {}; }
  bool coordinate_wise() const override { return false; }
  void aggregate(const PeerVectors& peers, VectorView x, Workspace& work) const override;

 private:
  double tau_;
  std::size_t iterations_;  // L
};

}  // namespace hearsay
