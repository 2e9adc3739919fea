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

#include <vector>

#include "core/objective.h"

namespace hearsay {

struct QuadraticOptions {
  std::size_t dimension = 100;
  double condition = 10.0;
  double heterogeneity = 1.0;
  double noise = 0.0;
};

class QuadraticObjective : public Objective {
 public:
  /// Memory: parts * d floats.
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
  std::span<const double> curvature() const { return curvature_; }

 private:
  ConstVectorView center(std::size_t part) const;

  double noise_;
  std::size_t parts_;
  Layout layout_;
  std::vector<double> curvature_;  // h
  Vector centers_;                 // b_i, row by row
};

}  // namespace hearsay
