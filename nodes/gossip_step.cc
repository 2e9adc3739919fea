#include "nodes/gossip_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/vector_ops.h"

namespace hearsay {

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

/// What a trial may cost, so that a search takes well under a second.
constexpr double kNumbers = 16'000.0;       // in the vectors of all nodes together
constexpr double kNumbersByRounds = 4.5e6;  // the same, times the rounds
constexpr double kLongest = 4000.0;         // rounds: an error may fall for a thousand, then rise

bool loses_nothing(const Network& network, const Compressor& compressor) {
  return network.nodes() == 1 || compressor.contraction() == 1.0;
}

/// Large enough for the compressor to be itself: a sparse one keeps at least one coordinate, in its
/// own ratio as nearly as whole numbers allow. One coordinate of a hundred and twenty of two
/// thousand converge and diverge at the same steps (tried), and rounds are worth more than
/// coordinates.
std::size_t trial_dimension(const Compressor& compressor, std::size_t nodes) {
  const double affordable = kNumbers / static_cast<double>(nodes);
  double wanted = std::clamp(affordable, 16.0, 128.0);
  if (compressor.sparsifies()) {
    const double for_one = std::round(1.0 / compressor.contraction());
    wanted = std::max(for_one, std::min(wanted, 64.0));
  }
  return std::min(compressor.dimension(), static_cast<std::size_t>(wanted));
}

/// 1 - ||C(x) - x||^2 / ||x||^2, measured on normal x: what a compressor keeps of them, for most
/// far above the pi that they promise. Negative for an unbiased one with much noise.
double kept_share(const Compressor& compressor, std::uint64_t seed) {
  const std::size_t d = compressor.dimension();
  const std::size_t vectors = std::clamp<std::size_t>(20'000 / d, 1, 100);
  Workspace work;
  double all = 0.0;
  double lost = 0.0;
  for (std::size_t k = 0; k < vectors; ++k) {
    Stream stream({.seed = seed, .purpose = Purpose::trial, .round = 1, .index = k});
    boost::random::normal_distribution<float> normal;
    Vector x(d);
    for (float& value : x) value = normal(stream);
    Bytes payload;
    compressor.encode(x, stream, work, payload);
    all += squared_norm(x);
    compressor.decode_add(payload, -1.0F, x);
    lost += squared_norm(x);
  }
  return 1.0 - lost / all;
}

/// CHOCO-Gossip in matrix form: all nodes at once, the public copies without a wire.
class Trial {
 public:
  Trial(const Network& network, const Compressor& compressor, std::uint64_t seed)
      : w_(network.w()),
        compressor_(compressor.resized(trial_dimension(compressor, network.nodes()))),
        seed_(seed) {
    double entries = 0.0;
    for (NodeId i = 0; i < w_.nodes(); ++i) entries += static_cast<double>(w_.row(i).size());
    // Adding a neighbour's copy costs a fraction of what compressing does.
    constexpr double kAdding = 1.0 / 16.0;
    const double numbers = (static_cast<double>(w_.nodes()) + kAdding * entries) *
                           static_cast<double>(compressor_->dimension());
    longest_ = static_cast<std::size_t>(std::clamp(kNumbersByRounds / numbers, 100.0, kLongest));
    Stream stream({.seed = seed, .purpose = Purpose::trial});
    boost::random::normal_distribution<float> normal;
    start_.assign(w_.nodes(), Vector(compressor_->dimension()));
    for (Vector& x : start_)
      for (float& value : x) value = normal(stream);
    first_ = consensus_error(start_);
    const double in_run = kept_share(compressor, seed);
    const double here = kept_share(*compressor_, seed);
    if (in_run > 0.0 && in_run < here)
      share_ = in_run / here;  // else the noise outweighs what is kept
  }

  std::size_t dimension() const { return compressor_->dimension(); }

  /// A compressor that keeps more of a vector in the small dimension than in the run's makes larger
  /// steps look good, in about the same proportion: what to multiply the trial's steps with.
  double share() const { return share_; }
  std::size_t longest() const { return longest_; }

  /// The rounds in which the error shrinks by kShrink: counted, or when `limit` rounds are not
  /// enough, extrapolated from the second half of them. kNever when it does not fall.
  double rounds_to_shrink(double gamma, double limit = kNever) {
    const std::size_t last = rounds_within(limit);
    const std::size_t half = last / 2;
    begin();
    double middle = first_;
    double before = first_;
    std::size_t looked = 0;  // the round of `before`
    for (std::size_t t = 1; t <= last; ++t) {
      step(static_cast<float>(gamma), t);
      if (!looks_after(t) && t != half && t != last) continue;
      const double now = consensus_error(x_);
      if (grew(now)) return kNever;
      if (now <= first_ / kShrink) {
        const double share = std::log(before * kShrink / first_) / std::log(before / now);
        return static_cast<double>(looked) +
               (now > 0.0 ? share : 1.0) * static_cast<double>(t - looked);
      }
      if (t == half) middle = now;
      before = now;
      looked = t;
    }
    if (!(before < std::min(first_, middle))) return kNever;
    const double per_round = std::log(middle / before) / static_cast<double>(last - half);
    return static_cast<double>(last) + std::log(before * kShrink / first_) / per_round;
  }

  /// Whether the error has fallen in that many rounds and is not rising again.
  bool is_stable(double gamma, double rounds) {
    const std::size_t last = rounds_within(rounds);
    begin();
    double middle = first_;
    double now = first_;
    for (std::size_t t = 1; t <= last; ++t) {
      step(static_cast<float>(gamma), t);
      if (!looks_after(t) && t != last / 2 && t != last) continue;
      now = consensus_error(x_);
      if (grew(now)) return false;
      if (now < kSettled * first_) return true;
      if (t == last / 2) middle = now;
    }
    return now < std::min(first_, middle) || now < first_ / kShrink;
  }

 private:
  static constexpr double kSettled = 1e-6;  // a few digits above what float resolves

  std::size_t rounds_within(double limit) const {
    constexpr double kLeast = 30.0;
    return static_cast<std::size_t>(
        std::clamp(std::ceil(limit), kLeast, static_cast<double>(longest_)));
  }

  /// The error costs as much as the round. In long trials it moves little in eight of them.
  static bool looks_after(std::size_t t) { return t <= 64 || t % 8 == 0; }

  bool grew(double error) const { return !(error < 4.0 * first_); }  // NaN as well

  void begin() {
    x_ = start_;
    x_hat_.assign(x_.size(), Vector(compressor_->dimension(), 0.0F));
  }

  void step(float gamma, std::size_t t) {
    for (NodeId i = 0; i < x_.size(); ++i) {
      const VectorView difference = work_.floats(Workspace::Slot::difference, x_[i].size());
      subtract(difference, x_[i], x_hat_[i]);
      Stream stream({.seed = seed_, .purpose = Purpose::trial, .node = i + 1U, .round = t});
      payload_.clear();
      compressor_->encode(difference, stream, work_, payload_);
      compressor_->decode_add(payload_, 1.0F, x_hat_[i]);
    }
    for (NodeId i = 0; i < x_.size(); ++i)
      for (const MixingMatrix::Weight& weight : w_.row(i)) {
        if (weight.node == i) continue;
        const float scale = gamma * static_cast<float>(weight.value);
        for (std::size_t j = 0; j < x_[i].size(); ++j)
          x_[i][j] += scale * (x_hat_[weight.node][j] - x_hat_[i][j]);
      }
  }

  double consensus_error(const std::vector<Vector>& x) const {
    Vector mean(x.front().size());
    std::vector<double> sum(mean.size(), 0.0);
    for (const Vector& xi : x) accumulate(sum, 1.0 / static_cast<double>(x.size()), xi);
    round_to_float(mean, sum);
    double total = 0.0;
    for (const Vector& xi : x) total += squared_distance(xi, mean);
    return total;
  }

  const MixingMatrix& w_;
  std::unique_ptr<Compressor> compressor_;
  std::uint64_t seed_;
  std::size_t longest_ = 0;  // rounds
  double share_ = 1.0;
  std::vector<Vector> start_;
  double first_ = 0.0;  // the error there
  std::vector<Vector> x_;
  std::vector<Vector> x_hat_;
  Workspace work_;
  Bytes payload_;
};

struct Tried {
  double gamma = 0.0;
  double rounds = kNever;
};

/// Steps of half the size each, from the best for full vectors down: the best of them.
Tried halve(Trial& trial, double gamma) {
  constexpr int kMost = 14;
  Tried best;
  int worse = 0;
  for (int k = 0; k < kMost && worse < 2; ++k, gamma /= 2.0) {
    const double rounds = trial.rounds_to_shrink(gamma, 2.0 * best.rounds);
    if (rounds < best.rounds) {
      best = {gamma, rounds};
      worse = 0;
    } else if (best.rounds < kNever) {
      ++worse;
    }
  }
  return best;
}

/// Golden-section search between half and twice the best so far, in the logarithm of the step.
Tried refine(Trial& trial, Tried best, double end) {
  constexpr int kTrials = 5;
  constexpr double kGolden = 0.6180339887498949;
  double low = std::log(best.gamma / 2.0);
  double high = std::log(std::min(2.0 * best.gamma, end));
  const auto at = [&](double share) {
    const double gamma = std::exp(low + share * (high - low));
    const Tried tried{gamma, trial.rounds_to_shrink(gamma, 2.0 * best.rounds)};
    if (tried.rounds < best.rounds) best = tried;
    return tried;
  };
  Tried left = at(1.0 - kGolden);
  Tried right = at(kGolden);
  for (int k = 2; k < kTrials; ++k) {
    if (left.rounds < right.rounds) {
      high = std::log(right.gamma);
      right = left;
      left = at(1.0 - kGolden);
    } else {
      low = std::log(left.gamma);
      left = right;
      right = at(kGolden);
    }
  }
  return best;
}

/// The step at which the error stops to fall, between `stable` and `end`, within 5 %.
double find_end(Trial& trial, const Tried& stable, double end) {
  constexpr double kClose = 1.05;
  double low = stable.gamma;
  double high = end;
  while (high > kClose * low) {
    const double middle = std::sqrt(low * high);
    (trial.is_stable(middle, 4.0 * stable.rounds) ? low : high) = middle;
  }
  return low;
}

/// A round multiplies the modes of the error by the squares of 1 - gamma (1 - lambda).
double rounds_of_full_vectors(double gamma, const Spectrum& spectrum) {
  const double contraction = std::max(std::abs(1.0 - gamma * (1.0 - spectrum.lambda2)),
                                      std::abs(1.0 - gamma * (1.0 - spectrum.lambda_min)));
  constexpr double kRounding = 1e-9;  // of the eigenvalues
  if (contraction < kRounding) return 1.0;
  return std::max(1.0, -0.5 * std::log(kShrink) / std::log(contraction));
}

/// Four digits are more than a trial knows, and make a config that reads well.
double rounded(double value) {
  return std::stod(fmt::format("{:.4g}", value));
}

}  // namespace

GossipStep find_gossip_step(const Network& network, const Compressor& compressor,
                            std::uint64_t seed, Gossiped what) {
  const Spectrum& spectrum = network.spectrum;
  const double plain = spectrum.best_gossip_step();
  const double end = 2.0 / spectrum.beta();
  const double most = what == Gossiped::trackers ? 0.5 / spectrum.beta() : end;
  GossipStep result;
  result.theory = spectrum.choco_gossip_step(compressor.contraction());
  if (loses_nothing(network, compressor)) {
    result.best = std::min(plain, most);
    result.rounds = rounds_of_full_vectors(result.best, spectrum);
    result.stable_end = end;
    result.how = "closed form for full vectors";
    return result;
  }
  Trial trial(network, compressor, seed);
  Tried best = halve(trial, plain);
  if (best.rounds == kNever) {
    result.best = result.stable_end = result.theory;
    result.rounds = kNever;
    result.how = "theory, as no trial converged";
    return result;
  }
  best = refine(trial, best, end);
  // Near the end a run, which is rougher than a trial, may already diverge.
  constexpr double kMargin = 0.9;
  const double last = find_end(trial, best, end);
  if (const double highest = std::min(kMargin * last, most / trial.share()); best.gamma > highest) {
    best.gamma = highest;
    best.rounds = trial.rounds_to_shrink(highest);
  }
  result.best = rounded(trial.share() * best.gamma);
  result.rounds = best.rounds / trial.share();
  result.stable_end = rounded(trial.share() * last);
  result.how =
      fmt::format("trials of {} rounds in {} dimensions", trial.longest(), trial.dimension());
  return result;
}

bool is_stable_gossip_step(double gamma, const Network& network, const Compressor& compressor,
                           std::uint64_t seed) {
  if (gamma >= 2.0 / network.spectrum.beta()) return false;
  if (loses_nothing(network, compressor)) return true;
  Trial trial(network, compressor, seed);
  return trial.is_stable(gamma / trial.share(), kNever);
}

}  // namespace hearsay
