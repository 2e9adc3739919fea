// The centralized algorithms: what must hold between their two halves.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr std::size_t kDimension = 20;

std::string config_of(const std::string& topology, const Pairing& pairing) {
  return fmt::format(
      "topology: {}\n"
      "objective: {{model: quadratic, dimension: {}, noise: 0.1}}\n"
      "algorithm: {}\n"
      "run: {{rounds: 30}}\n",
      topology, kDimension, algorithm_settings(pairing, 0.05));
}

class Star : public ::testing::TestWithParam<Pairing> {};

std::vector<Pairing> star_pairings() {
  std::vector<Pairing> result;
  for (const Pairing& pairing : all_pairings())
    if (pairing.on_server()) result.push_back(pairing);
  return result;
}

INSTANTIATE_TEST_SUITE_P(Registry, Star, ::testing::ValuesIn(star_pairings()),
                         [](const auto& pairing) { return pairing.param.test_name(); });

TEST_P(Star, KeepsTheModelsOfAllWorkersEqualBitForBit) {
  const Experiment experiment = experiment_of(config_of("{graph: star, workers: 4}", GetParam()));
  Cluster cluster(experiment);
  for (Round t = 1; t <= 30; ++t) {
    cluster.run_to(t);
    for (NodeId id = 2; id < cluster.size(); ++id)
      ASSERT_EQ(bits_of(cluster.model(id)), bits_of(cluster.model(1))) << t << ", worker " << id;
  }
  EXPECT_GT(squared_norm(cluster.model(1)), 0.0);
}

/// Draws are keyed by the node, which is 0 alone and 1 as a worker: no equality can be asked there.
bool draws(const Pairing& pairing) {
  const std::string name = pairing.compressor;
  Params given = settings({{"name", name}});
  for (const Param& param : compressor_catalogue().find(name)->params)
    if (param.name == "ratio") given.set("ratio", 0.3);
  const auto compressor = compressor_of(given, kDimension);
  const Vector x = gaussian_vector(kDimension, 1);
  return encoded(*compressor, x, 1) != encoded(*compressor, x, 2);
}

std::vector<Pairing> deterministic_star_pairings() {
  std::vector<Pairing> result;
  for (const Pairing& pairing : star_pairings())
    if (!draws(pairing)) result.push_back(pairing);
  return result;
}

class SingleMachine : public ::testing::TestWithParam<Pairing> {};

INSTANTIATE_TEST_SUITE_P(Registry, SingleMachine,
                         ::testing::ValuesIn(deterministic_star_pairings()),
                         [](const auto& pairing) { return pairing.param.test_name(); });

TEST_P(SingleMachine, IsAStarOfOneWorkerWithoutMessages) {
  const Experiment alone = experiment_of(config_of("{graph: ring, nodes: 1}", GetParam()));
  const Experiment star = experiment_of(config_of("{graph: star, workers: 1}", GetParam()));
  Cluster one(alone);
  Cluster two(star);
  for (Round t = 1; t <= 30; ++t) {
    one.run_to(t);
    two.run_to(t);
    ASSERT_EQ(bits_of(one.model(0)), bits_of(two.model(1))) << t;
  }
  EXPECT_TRUE(one.engine(0).traffic().empty());
}

TEST(StarChannels, AreListedWithTheMemoryThatTheySave) {
  const auto check = [](const std::string& topology, std::vector<std::size_t> counts) {
    const Experiment experiment = experiment_of(config_of(topology, {"cd-adam", "top-k"}));
    Cluster cluster(experiment);
    cluster.run_to(5);
    for (NodeId id = 0; id < cluster.size(); ++id) {
      const auto channels = cluster.engine(id).algorithm().channels();
      ASSERT_EQ(channels.size(), counts.at(id));
      EXPECT_EQ(bits_of(channels.front()->memory()),
                bits_of(saved(cluster.engine(id)).at("channel")));
      EXPECT_GT(squared_norm(channels.front()->memory()), 0.0);
    }
  };
  check("{graph: star, workers: 2}", {1, 1, 1});
  check("{graph: ring, nodes: 1}", {2});
}

// Without compression there is nothing to remember: where the optimizer runs and what the channels
// keep makes no difference but for rounding.
TEST(StarOfFullVectors, IsOneTrajectoryUnderManyNames) {
  const auto model_of = [](const std::string& algorithm) {
    const Experiment experiment =
        experiment_of(config_of("{graph: star, workers: 3}", {algorithm, "identity"}));
    Cluster cluster(experiment);
    cluster.run_to(30);
    return Vector(cluster.model(1).begin(), cluster.model(1).end());
  };
  const Vector expected = model_of("dist-amsgrad");
  EXPECT_GT(squared_norm(expected), 0.1);
  for (const char* name : {"comp-ams", "spars-ams", "naive-amsgrad", "ef-amsgrad", "cd-adam"}) {
    const Vector found = model_of(name);
    for (std::size_t j = 0; j < kDimension; ++j)
      EXPECT_NEAR(found[j], expected[j], 1e-4) << name << ", coordinate " << j;
  }
  const Vector sgd = model_of("ef-sgd");
  const Vector ef21 = model_of("ef21");
  for (std::size_t j = 0; j < kDimension; ++j) EXPECT_NEAR(ef21[j], sgd[j], 1e-5) << j;
}

TEST(Qadam, WorkersOfItsTwoWayFormHoldWhatTheServersModelIsQuantizedTo) {
  std::string config = config_of("{graph: star, workers: 3}", {"qadam", "uniform"});
  config.replace(config.find("name: qadam"), 11,
                 "name: qadam, downlink: quantized, downlink_compressor: {name: uniform, bits: 3}");
  const Experiment experiment = experiment_of(config);
  Cluster cluster(experiment);
  const auto q = compressor_of(settings({{"name", "uniform"}, {"bits", 3}}), kDimension);
  for (Round t = 1; t <= 30; ++t) {
    cluster.run_to(t);
    const Vector quantized = compressed(*q, cluster.model(0));
    ASSERT_EQ(bits_of(cluster.model(1)), bits_of(quantized)) << t;
    EXPECT_GT(squared_distance(quantized, cluster.model(0)), 0.0);
  }
  EXPECT_EQ(run(experiment).last().ideal_bits,
            (32 + 4 * kDimension + 32 + 3 * kDimension) * 30 * 3);
}

TEST(Qadam, NamesTheKeyOfABadDownlinkCompressor) {
  std::string config = config_of("{graph: star, workers: 3}", {"qadam", "uniform"});
  config.replace(config.find("name: qadam"), 11,
                 "name: qadam, downlink: quantized, downlink_compressor: {name: top-k, k: 99}");
  EXPECT_NE(message_of<ConfigError>([&] {
              experiment_of(config);
            }).find("algorithm.downlink_compressor.k"),
            std::string::npos);
}

TEST(SparsAms, MessagesAndMemoryAddUpToTheGradients) {
  const Experiment experiment =
      experiment_of(config_of("{graph: star, workers: 3}", {"spars-ams", "top-k"}));
  Cluster cluster(experiment);
  const auto compressor = compressor_of(settings({{"name", "top-k"}, {"ratio", 0.3}}), kDimension);
  std::vector<Vector> sent(cluster.size(), Vector(kDimension));
  cluster.watch = [&](const Envelope& envelope) {
    if (envelope.header.from != 0)
      compressor->decode_add(*envelope.payload, 1.0F, sent[envelope.header.from]);
  };
  std::vector<std::vector<double>> gradients(cluster.size(), std::vector<double>(kDimension));
  Workspace work;
  Vector g(kDimension);
  for (Round t = 1; t <= 30; ++t) {
    for (NodeId id = 1; id < cluster.size(); ++id) {
      cluster.node(id).problem->gradient(t, cluster.model(id), g, work);
      accumulate(gradients[id], 1.0, g);
    }
    cluster.run_to(t);
  }
  for (NodeId id = 1; id < cluster.size(); ++id) {
    const Vector memory = saved(cluster.engine(id)).at("channel");
    EXPECT_GT(squared_norm(memory), 0.0);
    for (std::size_t j = 0; j < kDimension; ++j)
      EXPECT_NEAR(static_cast<double>(sent[id][j]) + static_cast<double>(memory[j]),
                  gradients[id][j], 1e-4)
          << "worker " << id << ", coordinate " << j;
  }
}

TEST(CdAdam, ServerAndWorkersHoldTheSameGradientEstimate) {
  const Experiment experiment =
      experiment_of(config_of("{graph: star, workers: 3}", {"cd-adam", "top-k"}));
  Cluster cluster(experiment);
  for (Round t = 1; t <= 30; ++t) {
    cluster.run_to(t);
    const auto server = bits_of(saved(cluster.engine(0)).at("channel"));
    for (NodeId id = 1; id < cluster.size(); ++id)
      ASSERT_EQ(bits_of(saved(cluster.engine(id)).at("received")), server) << t;
  }
}

TEST(CdAdam, ServersEstimateIsTheMeanOfTheWorkersMarkovStates) {
  const Experiment experiment =
      experiment_of(config_of("{graph: star, workers: 3}", {"cd-adam", "scaled-sign"}));
  Cluster cluster(experiment);
  cluster.run_to(30);
  const Vector estimate = saved(cluster.engine(0)).at("received");
  std::vector<double> mean(kDimension, 0.0);
  for (NodeId id = 1; id < cluster.size(); ++id)
    accumulate(mean, 1.0 / 3.0, saved(cluster.engine(id)).at("channel"));
  for (std::size_t j = 0; j < kDimension; ++j)
    EXPECT_NEAR(static_cast<double>(estimate[j]), mean[j], 1e-5) << j;
}

}  // namespace
}  // namespace hearsay
