#include "nodes/gossip_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/vector_ops.h"

namespace hearsay {

namespace {

constexpr double kSmallest = 1.0 / 512.0;  // of the plain step: the lower end of the grid
constexpr int kPerOctave = 3;              // grid points for each factor of two

/// CHOCO-Gossip in matrix form: all nodes at once, the public copies without a wire.
class Trial {
 public:
  Trial(const Network& network, const Compressor& compressor, std::uint64_t seed,
        std::size_t rounds)
      : w_(network.w()), compressor_(compressor), seed_(seed), rounds_(rounds) {
    const std::size_t d = compressor.dimension();
    Stream stream({.seed = seed, .purpose = Purpose::trial});
    boost::random::normal_distribution<float> normal;
    start_.assign(w_.nodes(), Vector(d));
    for (Vector& x : start_)
      for (float& value : x) value = normal(stream);
  }

  /// The factor a round on the consensus error over the second half of the trial, when the public
  /// copies have caught up with the models; infinity when it grew beyond its start.
  double rate(double gamma) {
    std::vector<Vector> x = start_;
    std::vector<Vector> x_hat(x.size(), Vector(compressor_.dimension(), 0.0F));
    const double first = consensus_error(x);
    double middle = first;
    for (std::size_t t = 1; t <= rounds_; ++t) {
      step(x, x_hat, static_cast<float>(gamma), t);
      if (t % 8 == 0 && !(consensus_error(x) < 4.0 * first)) return diverged();
      if (t == rounds_ / 2) middle = consensus_error(x);
    }
    const double last = consensus_error(x);
    if (!(last < first)) return diverged();
    if (last == 0.0) return 0.0;
    const std::size_t second_half = rounds_ - rounds_ / 2;
    return std::pow(last / middle, 1.0 / static_cast<double>(second_half));
  }

 private:
  static double diverged() { return std::numeric_limits<double>::infinity(); }

  void step(std::vector<Vector>& x, std::vector<Vector>& x_hat, float gamma, std::size_t t) {
    for (NodeId i = 0; i < x.size(); ++i) {
      const VectorView difference = work_.floats(Workspace::Slot::difference, x[i].size());
      subtract(difference, x[i], x_hat[i]);
      Stream stream({.seed = seed_, .purpose = Purpose::trial, .node = i + 1U, .round = t});
      payload_.clear();
      compressor_.encode(difference, stream, work_, payload_);
      compressor_.decode_add(payload_, 1.0F, x_hat[i]);
    }
    for (NodeId i = 0; i < x.size(); ++i)
      for (const MixingMatrix::Weight& weight : w_.row(i)) {
        const float scale = gamma * static_cast<float>(weight.value);
        if (weight.node == i) continue;
        for (std::size_t j = 0; j < x[i].size(); ++j)
          x[i][j] += scale * (x_hat[weight.node][j] - x_hat[i][j]);
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
  const Compressor& compressor_;
  std::uint64_t seed_;
  std::size_t rounds_;
  std::vector<Vector> start_;
  Workspace work_;
  Bytes payload_;
};

/// How much compressing one coordinate may cost, so that the whole search takes well under a
/// second.
constexpr double kBudget = 4.0e6;  // coordinates compressed in one trial

}  // namespace

GossipStep theoretical_gossip_step(const Network& network, const Compressor& compressor) {
  GossipStep result;
  result.plain = network.spectrum.best_gossip_step();
  result.theory = network.spectrum.choco_gossip_step(compressor.contraction());
  return result;
}

GossipStep find_gossip_step(const Network& network, const Compressor& compressor,
                            std::uint64_t seed) {
  GossipStep result = theoretical_gossip_step(network, compressor);
  if (network.nodes() == 1 || compressor.contraction() == 1.0) {
    result.best = result.plain;
    result.how = "closed form for full vectors";
    return result;
  }

  // A dimension in which the compressor still keeps its pi, and as many rounds as the budget
  // allows.
  const double pi = compressor.contraction();
  const auto n = static_cast<double>(network.nodes());
  const double wanted = std::clamp(4.0 / pi, 64.0, 512.0);
  const auto d = std::min(compressor.dimension(), static_cast<std::size_t>(wanted));
  const auto rounds = static_cast<std::size_t>(
      std::clamp(kBudget / (n * static_cast<double>(d)), 40.0, std::clamp(8.0 / pi, 100.0, 800.0)));
  const auto small = compressor.resized(d);
  Trial trial(network, *small, seed, rounds);

  const int points = static_cast<int>(-std::log2(kSmallest)) * kPerOctave;
  const auto gamma_at = [&](int k) {
    return result.plain * std::exp2(-static_cast<double>(k) / kPerOctave);
  };
  // Coarse first (each factor of two), then the neighbours of the best: the rate has one valley.
  std::vector<double> rates(static_cast<std::size_t>(points) + 1, -1.0);
  const auto rate_at = [&](int k) {
    double& rate = rates[static_cast<std::size_t>(k)];
    if (rate < 0.0) rate = trial.rate(gamma_at(k));
    return rate;
  };
  int best = points;
  int worse_in_a_row = 0;
  for (int k = 0; k <= points && worse_in_a_row < 2; k += kPerOctave) {
    const double rate = rate_at(k);
    if (rate < rate_at(best)) {
      best = k;
      worse_in_a_row = 0;
    } else if (std::isfinite(rate_at(best)) && best != points) {
      ++worse_in_a_row;
    }
  }
  const int coarse = best;
  for (int k = std::max(0, coarse - kPerOctave + 1); k <= std::min(points, coarse + kPerOctave - 1);
       ++k)
    if (rate_at(k) < rate_at(best)) best = k;

  // Four digits are more than the trial knows, and make a config that reads well.
  result.best = std::stod(fmt::format("{:.4g}", gamma_at(best)));
  result.rate = rate_at(best);
  result.how = fmt::format("a trial of {} rounds in {} dimensions", rounds, d);
  return result;
}

}  // namespace hearsay
