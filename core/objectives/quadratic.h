// quadratic: a separable quadratic without data, whose optimum is known. For tests and for studies
// of heterogeneity.
//
//   f_i(x) = (1/2) sum_j h_j (x_j - b_ij)^2,   h_j = condition^(-j / (d - 1)),  j = 0 .. d - 1,
//   b_i = b + heterogeneity * z_i,   b, z_i ~ N(0, I).
//
// h is spread evenly on a log scale over [1/condition, 1] (h = 1 for d = 1), so L = 1 and
// mu = 1/condition. The mean of the f_i is least at the mean of the b_i. A stochastic gradient is
// the exact one + noise * N(0, I). x0 = 0.
#pragma once

#include <algorithm>
#include <deque>
#include <mutex>
#include <vector>

#include "core/objective.h"

namespace hearsay {

struct QuadraticOptions {
  std::size_t dimension = 100;
  double condition = 10.0;
  double heterogeneity = 1.0;
  double noise = 0.0;
};

/// h, as products of two entries of short tables: what it costs to read does not grow with d. To
/// within two roundings, none for d <= kRun.
class Curvature {
 public:
  static constexpr std::size_t kRun = 1024;

  Curvature(std::size_t dimension, double condition);

  double operator[](std::size_t j) const { return runs_[j / kRun] * within_[j % kRun]; }

  /// visit(j, h_j) for j = 0 .. d - 1.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t begin = 0; begin < dimension_; begin += kRun) {
      const double run = runs_[begin / kRun];
      const std::size_t count = std::min(kRun, dimension_ - begin);
      for (std::size_t r = 0; r < count; ++r) visit(begin + r, run * within_[r]);
    }
  }

 private:
  std::size_t dimension_;
  std::vector<double> within_;  // h_0 .. h_1023
  std::vector<double> runs_;    // h_0, h_1024, ...
};

class QuadraticObjective : public Objective {
 public:
  /// Memory: d floats for each part that is asked for, from then on.
  QuadraticObjective(const QuadraticOptions& options, std::size_t parts, std::uint64_t seed);

  const Layout& layout() const override { return layout_; }

  /// Rows are ignored; sample.part must be below the number of parts. Draws d normal variables from
  /// sample.noise when it is set, noise > 0 and a gradient is asked for.
  double evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                  Workspace& work) const override;
  void gradient(ConstVectorView x, const Sample& sample, VectorView gradient,
                Workspace& work) const override;
  std::optional<std::uint64_t> correct(ConstVectorView x, ConstVectorView buffers,
                                       std::span<const std::uint32_t> test_rows,
                                       Workspace& work) const override;
  std::size_t test_rows() const override { return 0; }

  /// Where (1/n) sum_i f_i is least: the mean of the b_i.
  std::vector<double> optimum() const;
  const Curvature& curvature() const { return curvature_; }

 private:
  struct Center {
    std::once_flag made;
    Vector b;
  };

  ConstVectorView center(NodeId part) const;

  QuadraticOptions options_;
  std::uint64_t seed_;
  Layout layout_;
  Curvature curvature_;                 // h
  mutable std::deque<Center> centers_;  // i -> b_i
};

}  // namespace hearsay
