// The papers' matrix forms in float64, written as plainly as they stand there, against the nodes
// that pass messages.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/objectives/quadratic.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr std::size_t kDimension = 12;
constexpr Round kRounds = 40;
constexpr double kRate = 0.05;

using Row = std::vector<double>;
using Matrix = std::vector<Row>;  // a row a node

std::string config_of(const std::string& topology, const std::string& algorithm) {
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
      curvature_.assign(objective.curvature().begin(), objective.curvature().end());
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

Matrix zeros(std::size_t rows) {
  return Matrix(rows, Row(kDimension, 0.0));
}

/// a + scale * b
Matrix plus(const Matrix& a, double scale, const Matrix& b) {
  Matrix sum = a;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < kDimension; ++j) sum[i][j] += scale * b[i][j];
  return sum;
}

Matrix times(const MixingMatrix& w, const Matrix& x) {
  Matrix product = zeros(x.size());
  for (NodeId i = 0; i < x.size(); ++i)
    for (NodeId k = 0; k < x.size(); ++k)
      for (std::size_t j = 0; j < kDimension; ++j) product[i][j] += w(i, k) * x[k][j];
  return product;
}

Matrix top_k(const Matrix& x, std::size_t k) {
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

void expect_models(const Cluster& cluster, const Matrix& expected, double tolerance) {
  for (NodeId i = 0; i < cluster.size(); ++i)
    for (std::size_t j = 0; j < kDimension; ++j)
      ASSERT_NEAR(static_cast<double>(cluster.model(i)[j]), expected[i][j], tolerance)
          << "node " << i << ", coordinate " << j;
}

TEST(MatrixForm, OfDpsgd) {
  const Experiment experiment =
      experiment_of(config_of("{graph: erdos-renyi, nodes: 7, probability: 0.5}", "name: dpsgd"));
  const MixingMatrix& w = experiment.network().w();
  Cluster cluster(experiment);
  const Gradients gradients(cluster);
  Matrix x = zeros(cluster.size());
  for (Round t = 1; t <= kRounds; ++t) {
    x = plus(times(w, x), -kRate, gradients(x));
    cluster.run_to(t);
    SCOPED_TRACE(t);
    expect_models(cluster, x, 2e-6);
  }
}

TEST(MatrixForm, OfChocoSgdWithTopK) {
  constexpr double kStep = 0.3;
  const Experiment experiment = experiment_of(
      config_of("{graph: erdos-renyi, nodes: 7, probability: 0.5}",
                "name: choco-sgd, compressor: {name: top-k, k: 4}, gossip_step: 0.3"));
  const MixingMatrix& w = experiment.network().w();
  Cluster cluster(experiment);
  const Gradients gradients(cluster);
  Matrix x = zeros(cluster.size());
  Matrix x_hat = x;
  for (Round t = 1; t <= kRounds; ++t) {
    x = plus(x, -kRate, gradients(x));
    x_hat = plus(x_hat, 1.0, top_k(plus(x, -1.0, x_hat), 4));
    x = plus(x, kStep, plus(times(w, x_hat), -1.0, x_hat));
    cluster.run_to(t);
    SCOPED_TRACE(t);
    expect_models(cluster, x, 5e-6);
  }
}

TEST(MatrixForm, OfChocoAmsgradWithTopK) {
  constexpr double kStep = 0.3;
  const Experiment experiment = experiment_of(
      config_of("{graph: ring, nodes: 5}",
                "name: choco-amsgrad, compressor: {name: top-k, k: 4}, gossip_step: 0.3"));
  const MixingMatrix& w = experiment.network().w();
  Cluster cluster(experiment);
  const Gradients gradients(cluster);
  AmsGrad direction(cluster.size());
  Matrix x = zeros(cluster.size());
  Matrix x_hat = x;
  for (Round t = 1; t <= 20; ++t) {
    x = plus(x, -kRate, direction(gradients(x)));
    x_hat = plus(x_hat, 1.0, top_k(plus(x, -1.0, x_hat), 4));
    x = plus(x, kStep, plus(times(w, x_hat), -1.0, x_hat));
    cluster.run_to(t);
    SCOPED_TRACE(t);
    expect_models(cluster, x, 1e-5);
  }
}

TEST(MatrixForm, OfChocoAmsgradOnTheCompleteGraphIsAveragedLocalAmsgrad) {
  const Experiment experiment = experiment_of(config_of(
      "{graph: complete, nodes: 6}", "name: choco-amsgrad, compressor: identity, gossip_step: 1"));
  Cluster cluster(experiment);
  const Gradients gradients(cluster);
  AmsGrad direction(cluster.size());
  Matrix x = zeros(cluster.size());
  for (Round t = 1; t <= kRounds; ++t) {
    x = plus(x, -kRate, direction(gradients(x)));
    Row mean(kDimension, 0.0);
    for (const Row& row : x)
      for (std::size_t j = 0; j < kDimension; ++j)
        mean[j] += row[j] / static_cast<double>(x.size());
    x.assign(x.size(), mean);
    cluster.run_to(t);
    SCOPED_TRACE(t);
    expect_models(cluster, x, 1e-5);
  }
}

}  // namespace
}  // namespace hearsay
