// Evidence against a promise about a mean, without assumptions on the distribution.
//
// A wager starts with 1 and bets on draws; while the promise holds its wealth has an expectation of
// at most 1, so by Markov's inequality it reaches 1/alpha with a probability of at most alpha,
// however the draws are distributed. [Shafer: Testing by betting, JRSS A 2021; Waudby-Smith,
// Ramdas: Estimating means of bounded random variables by betting, JRSS B 2024]
#pragma once

#include <array>
#include <cstddef>

namespace hearsay {

/// Against E X <= bound, for X >= 0 and bound > 0: the wealth is the mean over stakes s = 1, 1/2,
/// 1/4, ... of prod_i (1 + s (X_i / bound - 1)). A mean above the bound by a share e is found after
/// about ln(1/alpha) / e draws where X varies little.
class MeanWager {
 public:
  explicit MeanWager(double bound) : bound_(bound) {}

  void add(double x);
  double log_wealth() const;

 private:
  static constexpr std::size_t kStakes = 8;

  double bound_;
  std::array<double, kStakes> log_wealth_{};
};

/// Against E T = 0, for E T^2 <= variance, variance > 0, and a number of draws that is known
/// before. With Catoni's psi(u) = log(1 + u + u^2 / 2), E exp(psi(u)) <= exp(E u + E u^2 / 2): the
/// wealth is the mean over both signs of exp(sum_i psi(+-l T_i) - n l^2 variance / 2), with l =
/// sqrt(2 ln(1/alpha) / (n variance)). [Catoni: Challenging the empirical mean and empirical
/// variance, Annales de l'IHP 2012]. Finds a mean beyond about 2 sqrt(2 variance ln(1/alpha) / n).
class BiasWager {
 public:
  BiasWager(double variance, std::size_t draws, double alpha);

  void add(double t);
  double log_wealth() const;

 private:
  double stake_;  // l
  double price_;  // l^2 variance / 2, of each draw
  double above_ = 0.0;
  double below_ = 0.0;
};

}  // namespace hearsay
