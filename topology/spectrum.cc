#include "topology/spectrum.h"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "topology/lanczos.h"

namespace hearsay {

double Spectrum::contraction() const {
  return std::max(std::abs(lambda2), std::abs(lambda_min));
}

double Spectrum::best_gossip_step() const {
  return 2.0 / ((1.0 - lambda2) + (1.0 - lambda_min));
}

double Spectrum::rounds_to_shrink(double factor) const {
  constexpr double kNoGap = 1e-12;  // the eigenvalues are not known any better
  if (factor <= 1.0) return 0.0;
  if (gap() < kNoGap) return std::numeric_limits<double>::infinity();
  // The smallest k with contraction^(2 k) <= 1/factor; a hair's breadth above a whole number is
  // roundoff.
  const double rounds = -0.5 * std::log(factor) / std::log(contraction());
  return std::max(1.0, std::ceil(rounds - 1e-9));
}

double Spectrum::choco_gossip_step(double pi) const {
  const double rho = gap();
  const double beta2 = beta() * beta();
  return rho * rho * pi /
         (16.0 * rho + rho * rho + 4.0 * beta2 + 2.0 * rho * beta2 - 8.0 * rho * pi);
}

namespace {

Spectrum dense_spectrum(const MixingMatrix& w) {
  const auto n = static_cast<Eigen::Index>(w.nodes());
  Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(n, n);
  for (NodeId i = 0; i < w.nodes(); ++i)
    for (const MixingMatrix::Weight& weight : w.row(i)) dense(i, weight.node) = weight.value;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(dense, Eigen::EigenvaluesOnly);
  const auto& ascending = solver.eigenvalues();
  return {ascending(n - 2), ascending(0)};
}

}  // namespace

Spectrum spectrum(const MixingMatrix& w) {
  constexpr std::size_t kDense = 300;
  if (w.nodes() <= 1) return {};
  if (w.nodes() <= kDense) return dense_spectrum(w);
  const Extremes ends = lanczos_extremes(w);
  return {ends.high, ends.low};
}

}  // namespace hearsay
