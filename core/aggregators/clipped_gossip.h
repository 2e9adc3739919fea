// ClippedGossip. [He, Karimireddy, Jaggi: Byzantine-robust decentralized learning via
// ClippedGossip, 2022 (arXiv 2202.01545; self-centered clipping in its first version)]
#pragma once

#include <variant>

#include "core/aggregator.h"

namespace hearsay {

/// x_i <- sum_j w_ij (x_i + clip(x_j - x_i, tau_i)), clip(z, tau) = min(1, tau / ||z||) z
///   A poisoned neighbour j moves x_i by at most w_ij tau_i, whatever it sends. With one tau for
///   all nodes and a symmetric W the mean over the nodes stays as it is but for rounding, since
///   what i takes from j is what j takes from i. tau_i is a number, or adaptive: the distance of
///   x_i to its (b + 1)-th farthest neighbour, b being how many neighbours may be poisoned. One of
///   the b + 1 farthest is honest, so poison does not make tau_i larger than the distance to an
///   honest neighbour; at most b neighbours are clipped. The radius of the paper's theorems rests
///   on the distances to the honest neighbours, which no node can tell; the authors' published
///   program takes the second farthest neighbour, which is b = 1 here. O(n d) time.
class ClippedGossip final : public Aggregator {
 public:
  /// tau; or the b of the adaptive one.
  using Radius = std::variant<double, std::size_t>;

  explicit ClippedGossip(Radius radius) : radius_(radius) {}

  std::optional<std::string> impossible_for(std::size_t n) const override;
  bool coordinate_wise() const override { return false; }
  void aggregate(const PeerVectors& peers, VectorView x, Workspace& work) const override;

 private:
  Radius radius_;
};

}  // namespace hearsay
