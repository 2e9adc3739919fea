// The papers' matrix forms in float64, written as plainly as they stand there: the models of all
// nodes stacked by rows, on the quadratic objective, whose gradients are known.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "core/objectives/quadratic.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"
#include "topology/mixing_sequence.h"

namespace hearsay::testing {

inline constexpr std::size_t kDimension = 12;
inline constexpr Round kRounds = 40;
inline constexpr double kRate = 0.05;

using Row = std::vector<double>;
using Matrix = std::vector<Row>;  // a row a node

inline std::string config_of(const std::string& topology, const std::string& algorithm) {
  return fmt::format(
      "topology: {}\n"
      "objective: {{model: quadratic, dimension: {}, heterogeneity: 1}}\n"
      "algorithm: {{{}, learning_rate: {}}}\n"
      "run: {{rounds: {}}}\n",
      topology, kDimension, algorithm, kRate, kRounds);
}

/// The gradients h (x - b_i) of the quadratic objective, in float64.
class Gradients {
 public:
  explicit Gradients(Cluster& cluster) {
    Workspace work;
    for (NodeId id = 0; id < cluster.size(); ++id) {
      const LocalProblem& problem = *cluster.node(id).problem;
      const auto& objective = dynamic_cast<const QuadraticObjective&>(problem.objective());
      curvature_.clear();
      for (std::size_t j = 0; j < kDimension; ++j) curvature_.push_back(objective.curvature()[j]);
      Vector at_zero(kDimension);
      problem.full(Vector(kDimension), at_zero, work);
      Row center;
      for (std::size_t j = 0; j < kDimension; ++j)
        center.push_back(-static_cast<double>(at_zero[j]) / curvature_[j]);
      centers_.push_back(center);
    }
  }

  Matrix operator()(const Matrix& x) const {
    Matrix g = x;
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t j = 0; j < kDimension; ++j)
        g[i][j] = curvature_[j] * (x[i][j] - centers_[i][j]);
    return g;
  }

 private:
  Row curvature_;
  Matrix centers_;
};

inline Matrix zeros(std::size_t rows) {
  return Matrix(rows, Row(kDimension, 0.0));
}

/// a + scale * b
inline Matrix plus(const Matrix& a, double scale, const Matrix& b) {
  Matrix sum = a;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < kDimension; ++j) sum[i][j] += scale * b[i][j];
  return sum;
}

inline Matrix times(const MixingMatrix& w, const Matrix& x) {
  Matrix product = zeros(x.size());
  for (NodeId i = 0; i < x.size(); ++i)
    for (NodeId k = 0; k < x.size(); ++k)
      for (std::size_t j = 0; j < kDimension; ++j) product[i][j] += w(i, k) * x[k][j];
  return product;
}

inline Matrix top_k(const Matrix& x, std::size_t k) {
  Matrix kept = zeros(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::vector<std::size_t> order(kDimension);
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::abs(x[i][a]) > std::abs(x[i][b]);
    });
    for (std::size_t place = 0; place < k; ++place) kept[i][order[place]] = x[i][order[place]];
  }
  return kept;
}

inline Matrix minus(const Matrix& a, const Matrix& b) {
  return plus(a, -1.0, b);
}

/// (W - I) x
inline Matrix disagreement(const MixingMatrix& w, const Matrix& x) {
  return minus(times(w, x), x);
}

/// AMSGrad's directions for all rows; keeps the moments.
class AmsGrad {
 public:
  explicit AmsGrad(std::size_t rows) : m_(zeros(rows)), v_(m_), v_max_(m_) {}

  Matrix operator()(const Matrix& g) {
    Matrix direction = g;
    for (std::size_t i = 0; i < g.size(); ++i)
      for (std::size_t j = 0; j < kDimension; ++j) {
        m_[i][j] = 0.9 * m_[i][j] + 0.1 * g[i][j];
        v_[i][j] = 0.99 * v_[i][j] + 0.01 * g[i][j] * g[i][j];
        v_max_[i][j] = std::max(v_max_[i][j], v_[i][j]);
        direction[i][j] = m_[i][j] / std::sqrt(v_max_[i][j] + 1e-8);
      }
    return direction;
  }

 private:
  Matrix m_, v_, v_max_;
};

/// What a matrix form needs of an experiment.
struct Setting {
  const MixingSequence& mixing;
  const Gradients& gradients;
  std::size_t nodes;

  const MixingMatrix& w() const { return mixing.at(1); }
  Matrix zero() const { return zeros(nodes); }
};

/// Runs the nodes beside `make(setting)(t, x)`, which takes the stacked models x_{t-1} to x_t, and
/// compares all models after every round.
template <class Make>
void expect_matrix_form(const std::string& topology, const std::string& algorithm, double tolerance,
                        Make make, Round rounds = kRounds) {
  const Experiment experiment = experiment_of(config_of(topology, algorithm));
  Cluster cluster(experiment);
  const Gradients gradients(cluster);
  const Setting setting{experiment.network().mixing, gradients, cluster.size()};
  auto step = make(setting);
  Matrix x = setting.zero();
  for (Round t = 1; t <= rounds; ++t) {
    step(t, x);
    cluster.run_to(t);
    for (NodeId i = 0; i < cluster.size(); ++i)
      for (std::size_t j = 0; j < kDimension; ++j)
        ASSERT_NEAR(static_cast<double>(cluster.model(i)[j]), x[i][j], tolerance)
            << "round " << t << ", node " << i << ", coordinate " << j;
  }
}

}  // namespace hearsay::testing
