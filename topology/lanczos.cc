#include "topology/lanczos.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace hearsay {

namespace {

using Column = std::vector<double>;

double inner(const Column& x, const Column& y) {
  double lanes[4] = {0.0, 0.0, 0.0, 0.0};
  for (std::size_t i = 0; i < x.size(); ++i) lanes[i % 4] += x[i] * y[i];
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

void remove_mean(Column& x) {
  double sum = 0.0;
  for (const double value : x) sum += value;
  const double mean = sum / static_cast<double>(x.size());
  for (double& value : x) value -= mean;
}

void scale(Column& x, double factor) {
  for (double& value : x) value *= factor;
}

/// W in compressed rows: the products are nearly all of the work.
class Operator {
 public:
  explicit Operator(const MixingMatrix& w) {
    for (NodeId i = 0; i < w.nodes(); ++i) {
      entries_.insert(entries_.end(), w.row(i).begin(), w.row(i).end());
      ends_.push_back(entries_.size());
    }
  }

  void apply(const Column& x, Column& y) const {
    std::size_t entry = 0;
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      double sum = 0.0;
      for (; entry < ends_[i]; ++entry) sum += entries_[entry].value * x[entries_[entry].node];
      y[i] = sum;
    }
  }

 private:
  std::vector<MixingMatrix::Weight> entries_;
  std::vector<std::size_t> ends_;
};

/// The symmetric tridiagonal matrix that Lanczos builds.
struct Tridiagonal {
  std::vector<double> diagonal;
  std::vector<double> beside;  // beside[k] joins k and k + 1

  /// How many eigenvalues are below x: the negative pivots of T - x (Sturm's theorem).
  std::size_t eigenvalues_below(double x) const {
    constexpr double kTiny = 1e-300;
    std::size_t count = 0;
    double pivot = 1.0;
    for (std::size_t k = 0; k < diagonal.size(); ++k) {
      const double square = k == 0 ? 0.0 : beside[k - 1] * beside[k - 1];
      pivot = diagonal[k] - x - square / pivot;
      if (std::abs(pivot) < kTiny) pivot = -kTiny;
      if (pivot < 0.0) ++count;
    }
    return count;
  }

  /// Bisection in [-1, 1], where all eigenvalues of a doubly stochastic W are.
  double eigenvalue(std::size_t index) const {
    double low = -1.0 - 1e-9;
    double high = 1.0 + 1e-9;
    while (high - low > 1e-15) {
      const double middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) break;
      (eigenvalues_below(middle) > index ? high : low) = middle;
    }
    return low + (high - low) / 2;
  }

  Extremes extremes() const { return {eigenvalue(0), eigenvalue(diagonal.size() - 1)}; }
};

/// The iteration itself, as far as it has come.
class Lanczos {
 public:
  explicit Lanczos(const MixingMatrix& w)
      : w_(w), current_(w.nodes()), previous_(w.nodes(), 0.0), next_(w.nodes()) {
    // A random start has a part in every eigenvector.
    Stream stream(StreamKey{.purpose = Purpose::graph});
    for (double& value : current_) value = stream.uniform() - 0.5;
    remove_mean(current_);
    scale(current_, 1.0 / std::sqrt(inner(current_, current_)));
  }

  /// One step; false when the vectors so far span an invariant subspace, so that T is complete.
  bool step() {
    w_.apply(current_, next_);
    const double alpha = inner(current_, next_);
    for (std::size_t i = 0; i < next_.size(); ++i)
      next_[i] -= alpha * current_[i] + beta_ * previous_[i];
    remove_mean(next_);  // roundoff would bring the eigenvalue 1 back
    t_.diagonal.push_back(alpha);
    beta_ = std::sqrt(inner(next_, next_));
    if (beta_ < 1e-13) return false;
    t_.beside.push_back(beta_);
    scale(next_, 1.0 / beta_);
    std::swap(previous_, current_);
    std::swap(current_, next_);
    return true;
  }

  const Tridiagonal& t() const { return t_; }

 private:
  Operator w_;
  Column current_;
  Column previous_;
  Column next_;
  double beta_ = 0.0;
  Tridiagonal t_;
};

}  // namespace

Extremes lanczos_extremes(const MixingMatrix& w) {
  constexpr double kSettled = 1e-13;
  Lanczos iteration(w);
  Extremes found{1.0, -1.0};
  for (std::size_t looked_at = 32;; looked_at += looked_at / 2) {
    bool complete = false;
    while (!complete && iteration.t().diagonal.size() < looked_at) complete = !iteration.step();
    const Extremes now = iteration.t().extremes();
    // Half as many steps again that change nothing: the ends have converged, as the error falls
    // geometrically, or like 1/steps^2 before it does.
    const bool settled =
        std::abs(now.low - found.low) < kSettled && std::abs(now.high - found.high) < kSettled;
    found = now;
    // The bound is far above what any matrix needs; it ends the search should W hold no numbers.
    if (complete || settled || looked_at > 100 * w.nodes()) return found;
  }
}

}  // namespace hearsay
