// The coordinate-wise median. [Yin, Chen, Kannan, Bartlett: Byzantine-robust distributed learning:
// towards optimal statistical rates, ICML 2018, Definition 1; on graphs BRIDGE-M: Fang, Yang,
// Bajwa: BRIDGE: Byzantine-resilient decentralized gradient descent, IEEE TSIPN 2022]
#pragma once

#include "core/aggregator.h"

namespace hearsay {

/// x_j = the middle one of the n values of coordinate j, for even n the mean of the middle two. All
/// vectors count the same, whatever their weights.
///   With f < n/2 poisoned vectors every x_j lies between the smallest and the largest value that
///   honest vectors have there. On a graph n is the closed neighbourhood.
///   Of unlike vectors it is not the mean, also where all are honest: see docs/robustness.md.
///   O(d n (log n)^2) time, n x 64 floats.
class Median final : public Aggregator {
 public:
  std::optional<std::string> impossible_for(std::size_t /*n*/) const override { return {}; }
  bool coordinate_wise() const override { return true; }
  void aggregate(const PeerVectors& peers, VectorView x, Workspace& work) const override;
};

}  // namespace hearsay
