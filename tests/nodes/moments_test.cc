#include "nodes/moments.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

Experiment trained(const std::string& topology, const std::string& algorithm) {
  return experiment_of(fmt::format(
      "topology: {{{}}}\nobjective: {{model: quadratic, dimension: 9, noise: 0.1}}\n"
      "algorithm: {{learning_rate: 0.01, {}}}\nrun: {{rounds: 20}}\non_peer_loss: reweight\n",
      topology, algorithm));
}

struct Case {
  const char* topology;
  const char* algorithm;
  std::size_t floats;  // of d = 9: m, v, v^ and the number of steps
};

class Moments : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Algorithms, Moments,
    ::testing::Values(
        Case{"graph: ring, nodes: 4", "name: dadam", 28},
        Case{"graph: ring, nodes: 4", "name: dpsgd, momentum: 0.9", 9},
        Case{"graph: ring, nodes: 4", "name: dpsgd", 0},
        Case{"graph: ring, nodes: 4",
             "name: choco-amsgrad, compressor: scaled-sign, gossip_step: 0.1", 28},
        Case{"graph: star, workers: 3", "name: cd-adam, compressor: scaled-sign", 28},
        Case{"graph: star, workers: 3", "name: qadam, compressor: {name: uniform, bits: 4}", 19},
        Case{"graph: star, workers: 3", "name: comp-ams, compressor: scaled-sign", 0}));

TEST_P(Moments, GoToANewNodeAndAreThoseThatAReweightedRunGathers) {
  const Experiment experiment = trained(GetParam().topology, GetParam().algorithm);
  EXPECT_EQ(experiment.moments(), GetParam().floats);
  Cluster cluster(experiment);
  cluster.run_to(7);
  const NodeId id = experiment.network().holder_of(1);
  Algorithm& veteran = cluster.engine(id).algorithm();
  const Vector moments = moments_of(veteran);
  ASSERT_EQ(moments.size(), experiment.moments());
  const Node fresh = experiment.make_node(id);
  set_moments(fresh.engine->algorithm(), moments);
  EXPECT_EQ(bits_of(moments_of(fresh.engine->algorithm())), bits_of(moments));
  if (moments.size() > 9) {
    EXPECT_EQ(moments.front(), 7.0F) << "steps";
  }

  const Vector more(moments.size() + 1, 0.0F);
  EXPECT_THROW(set_moments(fresh.engine->algorithm(), more), std::invalid_argument);
  if (moments.empty()) return;
  EXPECT_THROW(set_moments(fresh.engine->algorithm(), ConstVectorView(moments).first(3)),
               std::invalid_argument);
}

TEST(MomentsOfTheServer, AreItsOwn) {
  const Experiment experiment =
      trained("graph: star, workers: 3", "name: comp-ams, compressor: scaled-sign");
  EXPECT_EQ(moments_of(experiment.make_node(0).engine->algorithm()).size(), 28U);
}

}  // namespace
}  // namespace hearsay
