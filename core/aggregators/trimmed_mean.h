// The coordinate-wise trimmed mean. [Yin, Chen, Kannan, Bartlett: Byzantine-robust distributed
// learning: towards optimal statistical rates, ICML 2018, Definition 2; on graphs after BRIDGE-T:
// Fang, Yang, Bajwa: BRIDGE: Byzantine-resilient decentralized gradient descent, IEEE TSIPN 2022]
#pragma once

#include <variant>

#include "core/aggregator.h"

namespace hearsay {

/// x_j = the mean of what is left of the n values of coordinate j without the b smallest and the b
/// largest. All vectors count the same, whatever their weights.
///   With f <= b poisoned vectors every x_j lies between the smallest and the largest value that
///   honest vectors have there. b < n/2.
///   On a graph n is the closed neighbourhood, the node's own value trimmed like any other;
///   BRIDGE-T trims the neighbours' values alone and always keeps the own one. O(d n (log n)^2)
///   time, n x 64 floats.
class TrimmedMean final : public Aggregator {
 public:
  /// b, the number trimmed on each side; or the share of the n vectors that is, rounded down.
  using Trim = std::variant<std::size_t, double>;

  explicit TrimmedMean(Trim trim) : trim_(trim) {}

  std::size_t trimmed(std::size_t n) const;  // b

  std::optional<std::string> impossible_for(std::size_t n) const override;
  bool coordinate_wise() const override { return true; }
  void aggregate(const PeerVectors& peers, VectorView x, Workspace& work) const override;

 private:
  Trim trim_;
};

}  // namespace hearsay
