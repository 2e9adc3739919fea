#include "core/wager.h"

#include <algorithm>
#include <cmath>

namespace hearsay {

namespace {

/// log((exp(a) + exp(b)) / 2), for exponents of any size.
double log_mean(double a, double b) {
  return std::max(a, b) + std::log1p(std::exp(-std::fabs(a - b))) - std::log(2.0);
}

double psi(double u) {
  return std::log1p(u + u * u / 2.0);
}

}  // namespace

void MeanWager::add(double x) {
  double stake = 1.0;
  for (double& wealth : log_wealth_) {
    // A stake of all that there is ends with X = 0: log(0) is a loss that stays one.
    wealth += std::log1p(stake * (x / bound_ - 1.0));
    stake /= 2.0;
  }
}

double MeanWager::log_wealth() const {
  const double best = *std::max_element(log_wealth_.begin(), log_wealth_.end());
  double total = 0.0;
  for (const double wealth : log_wealth_) total += std::exp(wealth - best);
  return best + std::log(total / static_cast<double>(kStakes));
}

BiasWager::BiasWager(double variance, std::size_t draws, double alpha)
    : stake_(std::sqrt(-2.0 * std::log(alpha) / (static_cast<double>(draws) * variance))),
      price_(stake_ * stake_ * variance / 2.0) {}

void BiasWager::add(double t) {
  above_ += psi(stake_ * t) - price_;
  below_ += psi(-stake_ * t) - price_;
}

double BiasWager::log_wealth() const {
  return log_mean(above_, below_);
}

}  // namespace hearsay
