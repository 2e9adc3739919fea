// 1-bit Adam: Adam first, then momentum over a variance that stands still.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/optimizer.h"
#include "core/vector_ops.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr std::size_t kDimension = 20;
constexpr Round kWarmup = 10;

std::string config_of(const std::string& compressor) {
  return fmt::format(
      "topology: {{graph: star, workers: 3}}\n"
      "objective: {{model: quadratic, dimension: {}, noise: 0.1}}\n"
      "algorithm: {{name: 1bit-adam, learning_rate: 0.05, compressor: {}, warmup_rounds: {}}}\n"
      "run: {{rounds: 40, evaluate_every: 1}}\n",
      kDimension, compressor, kWarmup);
}

/// The mean of the workers' gradients at x, as the server adds it up.
Vector mean_gradient(Cluster& cluster, Round t, ConstVectorView x) {
  Workspace work;
  Vector g(kDimension);
  Vector mean(kDimension);
  for (NodeId id = 1; id < cluster.size(); ++id) {
    cluster.node(id).problem->gradient(t, x, g, work);
    add_scaled(mean, 1.0F / 3.0F, g);
  }
  return mean;
}

TEST(OnebitAdam, WarmsUpAsAdamBitForBit) {
  const Experiment experiment = experiment_of(config_of("scaled-sign"));
  Cluster cluster(experiment);
  const auto adam = make_optimizer("adam", {}, kDimension);
  Vector x(kDimension);
  for (Round t = 1; t <= kWarmup; ++t) {
    adam->step(x, mean_gradient(cluster, t, x), 0.05);
    cluster.run_to(t);
    ASSERT_EQ(bits_of(cluster.model(1)), bits_of(x)) << t;
  }
  EXPECT_EQ(bits_of(saved(cluster.engine(2)).at("v")), bits_of(saved(*adam).at("v")));
}

TEST(OnebitAdam, FreezesTheVarianceAfterItsWarmup) {
  const Experiment experiment = experiment_of(config_of("scaled-sign"));
  Cluster cluster(experiment);
  cluster.run_to(kWarmup - 1);
  const auto before = bits_of(saved(cluster.engine(1)).at("v"));
  cluster.run_to(kWarmup);
  const auto frozen = bits_of(saved(cluster.engine(1)).at("v"));
  EXPECT_NE(frozen, before);
  const auto momentum = bits_of(saved(cluster.engine(1)).at("m"));
  cluster.run_to(40);
  EXPECT_EQ(bits_of(saved(cluster.engine(1)).at("v")), frozen);
  EXPECT_NE(bits_of(saved(cluster.engine(1)).at("m")), momentum);
}

TEST(OnebitAdam, WithFullVectorsIsMomentumOverTheFrozenVariance) {
  const Experiment experiment = experiment_of(config_of("identity"));
  Cluster cluster(experiment);
  cluster.run_to(kWarmup);
  Vector x(cluster.model(1).begin(), cluster.model(1).end());
  Vector m = saved(cluster.engine(1)).at("m");
  const Vector v = saved(cluster.engine(1)).at("v");
  for (Round t = kWarmup + 1; t <= 40; ++t) {
    const Vector g = mean_gradient(cluster, t, x);
    for (std::size_t j = 0; j < kDimension; ++j) {
      m[j] = 0.9F * m[j] + 0.1F * g[j];
      x[j] -= 0.05F * m[j] / std::sqrt(v[j] + 1e-8F);
    }
    cluster.run_to(t);
    for (std::size_t j = 0; j < kDimension; ++j)
      ASSERT_NEAR(cluster.model(1)[j], x[j], 1e-4) << t << ", coordinate " << j;
  }
}

TEST(OnebitAdam, CostsFullVectorsInItsWarmupAndABitACoordinateAfterIt) {
  const Recorder recorder = run(config_of("scaled-sign"));
  EXPECT_EQ(recorder.row(kWarmup).ideal_bits, kWarmup * 6 * 32 * kDimension);
  EXPECT_EQ(recorder.last().ideal_bits - recorder.row(kWarmup).ideal_bits,
            (32 + kDimension) * 30 * 6);
}

}  // namespace
}  // namespace hearsay
