// signSGD and Signum against a direct count of the votes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr std::size_t kDimension = 21;

std::string config_of(int workers, const std::string& more) {
  return fmt::format(
      "topology: {{graph: star, workers: {}}}\n"
      "objective: {{model: quadratic, dimension: {}, noise: 0.5}}\n"
      "algorithm: {{name: signsgd, learning_rate: 0.03125{}}}\n"
      "run: {{rounds: 40}}\n",
      workers, kDimension, more);
}

class SignsgdOf : public ::testing::TestWithParam<std::pair<int, float>> {};

// Four workers can tie: a tie is a sum of zero, whose sign is +1.
INSTANTIATE_TEST_SUITE_P(WorkersAndMomentum, SignsgdOf,
                         ::testing::Values(std::pair(3, 0.0F), std::pair(4, 0.0F),
                                           std::pair(5, 0.75F)));

TEST_P(SignsgdOf, StepsWithTheMajority) {
  const auto [workers, momentum] = GetParam();
  const Experiment experiment =
      experiment_of(config_of(workers, fmt::format(", momentum: {}", momentum)));
  Cluster cluster(experiment);
  Workspace work;
  std::vector<Vector> m(cluster.size(), Vector(kDimension));
  Vector g(kDimension);
  std::size_t ties = 0;
  for (Round t = 1; t <= 40; ++t) {
    Vector expected(cluster.model(1).begin(), cluster.model(1).end());
    std::vector<int> votes(kDimension, 0);
    for (NodeId id = 1; id < cluster.size(); ++id) {
      cluster.node(id).problem->gradient(t, expected, g, work);
      for (std::size_t j = 0; j < kDimension; ++j) {
        m[id][j] = momentum * m[id][j] + g[j];
        votes[j] += m[id][j] < 0.0F ? -1 : 1;
      }
    }
    for (std::size_t j = 0; j < kDimension; ++j) {
      ties += votes[j] == 0 ? 1 : 0;
      expected[j] -= 0.03125F * (votes[j] < 0 ? -1.0F : 1.0F);
    }
    cluster.run_to(t);
    for (NodeId id = 1; id < cluster.size(); ++id)
      ASSERT_EQ(bits_of(cluster.model(id)), bits_of(expected)) << t << ", worker " << id;
  }
  EXPECT_EQ(ties > 0, workers % 2 == 0);
}

TEST(Signsgd, CostsABitACoordinateEachWay) {
  const Recorder recorder = run(config_of(4, ""));
  EXPECT_EQ(recorder.last().ideal_bits, kDimension * 40 * 2 * 4);
}

}  // namespace
}  // namespace hearsay
