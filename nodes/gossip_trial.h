// A trial of CHOCO-Gossip: averaging alone, all nodes at once, in a small dimension.
#pragma once

#include <limits>
#include <memory>
#include <vector>

#include "core/compressor.h"
#include "nodes/network.h"

namespace hearsay {

/// Starts from random models and from public copies that know nothing. Deterministic in its
/// arguments.
class GossipTrial {
 public:
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  /// With the network's W, and the compressor resized to a small dimension.
  GossipTrial(const Network& network, const Compressor& compressor, std::uint64_t seed);

  std::size_t dimension() const { return compressor_->dimension(); }

  /// A compressor that keeps more of a vector in the small dimension than in the run's makes larger
  /// steps look good, in about the same proportion: what to multiply the trial's steps with.
  double share() const { return share_; }
  std::size_t longest() const { return longest_; }  // rounds of one trial

  /// The rounds in which the consensus error shrinks by `factor`: counted, or when `limit` rounds
  /// are not enough, extrapolated from the second half of them. kNever when it does not fall.
  double rounds_to_shrink(double gamma, double factor, double limit = kNever);

  /// Whether the error has fallen in that many rounds, by `factor` or without rising again.
  bool is_stable(double gamma, double factor, double rounds = kNever);

 private:
  std::size_t rounds_within(double limit) const;
  bool grew(double error) const { return !(error < 4.0 * first_); }  // NaN as well
  void begin();
  void step(float gamma, std::size_t t);
  double consensus_error(const std::vector<Vector>& x) const;

  const MixingMatrix& w_;
  std::unique_ptr<Compressor> compressor_;
  std::uint64_t seed_;
  std::size_t longest_ = 0;
  double share_ = 1.0;
  std::vector<Vector> start_;
  double first_ = 0.0;  // the error there
  std::vector<Vector> x_;
  std::vector<Vector> x_hat_;
  Workspace work_;
  Bytes payload_;
};

}  // namespace hearsay
