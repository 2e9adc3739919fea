#include "nodes/gossip_trial.h"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>

#include "core/vector_ops.h"

namespace hearsay {

namespace {

/// What a trial may cost, so that a search takes well under a second.
constexpr double kNumbers = 16'000.0;       // in the vectors of all nodes together
constexpr double kNumbersByRounds = 4.5e6;  // the same, times the rounds
constexpr double kLongest = 4000.0;         // rounds: an error may fall for a thousand, then rise

constexpr double kSettled = 1e-6;  // of the error: a few digits above what float resolves

/// The error costs as much as the round. In long trials it moves little in eight of them.
bool looks_after(std::size_t t) {
  return t <= 64 || t % 8 == 0;
}

/// Large enough for the compressor to be itself: a sparse one keeps at least one coordinate, in its
/// own ratio as nearly as whole numbers and the budget allow. One coordinate of a hundred and
/// twenty of two thousand converge and diverge at the same steps (tried), and rounds are worth more
/// than coordinates.
std::size_t trial_dimension(const Compressor& compressor, std::size_t nodes) {
  const double affordable = kNumbers / static_cast<double>(nodes);
  double wanted = std::clamp(affordable, 16.0, 128.0);
  if (compressor.sparsifies()) {
    constexpr double kFew = 64.0;
    const double for_one = std::round(1.0 / compressor.contraction());
    wanted = std::clamp(for_one, std::min(wanted, kFew), std::max(affordable, kFew));
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

}  // namespace

GossipTrial::GossipTrial(const Network& network, const Compressor& compressor, std::uint64_t seed)
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

double GossipTrial::rounds_to_shrink(double gamma, double factor, double limit) {
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
    if (now <= first_ / factor) {
      const double share = std::log(before * factor / first_) / std::log(before / now);
      return static_cast<double>(looked) +
             (now > 0.0 ? share : 1.0) * static_cast<double>(t - looked);
    }
    if (t == half) middle = now;
    before = now;
    looked = t;
  }
  if (!(before < std::min(first_, middle))) return kNever;
  const double per_round = std::log(middle / before) / static_cast<double>(last - half);
  return static_cast<double>(last) + std::log(before * factor / first_) / per_round;
}

bool GossipTrial::is_stable(double gamma, double factor, double rounds) {
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
  return now < std::min(first_, middle) || now < first_ / factor;
}

std::size_t GossipTrial::rounds_within(double limit) const {
  constexpr double kLeast = 30.0;
  return static_cast<std::size_t>(
      std::clamp(std::ceil(limit), kLeast, static_cast<double>(longest_)));
}

void GossipTrial::begin() {
  x_ = start_;
  x_hat_.assign(x_.size(), Vector(compressor_->dimension(), 0.0F));
}

void GossipTrial::step(float gamma, std::size_t t) {
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

double GossipTrial::consensus_error(const std::vector<Vector>& x) const {
  Vector mean(x.front().size());
  std::vector<double> sum(mean.size(), 0.0);
  for (const Vector& xi : x) accumulate(sum, 1.0 / static_cast<double>(x.size()), xi);
  round_to_float(mean, sum);
  double total = 0.0;
  for (const Vector& xi : x) total += squared_distance(xi, mean);
  return total;
}

}  // namespace hearsay
