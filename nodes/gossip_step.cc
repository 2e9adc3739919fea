#include "nodes/gossip_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "nodes/gossip_trial.h"

namespace hearsay {

namespace {

bool loses_nothing(const Network& network, const Compressor& compressor) {
  return network.nodes() == 1 || compressor.contraction() == 1.0;
}

struct Tried {
  double gamma = 0.0;
  double rounds = GossipTrial::kNever;
};

/// Steps of half the size each, from the best for full vectors down: the best of them.
Tried halve(GossipTrial& trial, double gamma) {
  constexpr int kMost = 14;
  Tried best;
  int worse = 0;
  for (int k = 0; k < kMost && worse < 2; ++k, gamma /= 2.0) {
    const double rounds = trial.rounds_to_shrink(gamma, kShrink, 2.0 * best.rounds);
    if (rounds < best.rounds) {
      best = {gamma, rounds};
      worse = 0;
    } else if (best.rounds < GossipTrial::kNever) {
      ++worse;
    }
  }
  return best;
}

/// Golden-section search between half and twice the best so far, in the logarithm of the step.
Tried refine(GossipTrial& trial, Tried best, double end) {
  constexpr int kTrials = 5;
  constexpr double kGolden = 0.6180339887498949;
  double low = std::log(best.gamma / 2.0);
  double high = std::log(std::min(2.0 * best.gamma, end));
  const auto at = [&](double share) {
    const double gamma = std::exp(low + share * (high - low));
    const Tried tried{gamma, trial.rounds_to_shrink(gamma, kShrink, 2.0 * best.rounds)};
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
double find_end(GossipTrial& trial, const Tried& stable, double end) {
  constexpr double kClose = 1.05;
  double low = stable.gamma;
  double high = end;
  while (high > kClose * low) {
    const double middle = std::sqrt(low * high);
    (trial.is_stable(middle, kShrink, 4.0 * stable.rounds) ? low : high) = middle;
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
  GossipTrial trial(network, compressor, seed);
  Tried best = halve(trial, plain);
  if (best.rounds == GossipTrial::kNever) {
    result.best = result.stable_end = result.theory;
    result.rounds = GossipTrial::kNever;
    result.how = "theory, as no trial converged";
    return result;
  }
  best = refine(trial, best, end);
  // Near the end a run, which is rougher than a trial, may already diverge.
  constexpr double kMargin = 0.9;
  const double last = find_end(trial, best, end);
  if (const double highest = std::min(kMargin * last, most / trial.share()); best.gamma > highest) {
    best.gamma = highest;
    best.rounds = trial.rounds_to_shrink(highest, kShrink);
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
  GossipTrial trial(network, compressor, seed);
  return trial.is_stable(gamma / trial.share(), kShrink);
}

}  // namespace hearsay
