// 0/1 Adam: its two timetables, and Algorithm 1 computed directly.
#include "nodes/algorithms/zero_one_adam.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;

constexpr std::size_t kDimension = 20;

ZeroOneTimetable timetable(int kappa, int sync_rounds, int doubling_rounds, int max_interval) {
  return ZeroOneTimetable(settings({{"kappa", kappa},
                                    {"sync_rounds", sync_rounds},
                                    {"doubling_rounds", doubling_rounds},
                                    {"max_interval", max_interval}}));
}

template <class In>
std::vector<Round> rounds_to(Round last, In in) {
  std::vector<Round> result;
  for (Round t = 1; t <= last; ++t)
    if (in(t)) result.push_back(t);
  return result;
}

TEST(ZeroOneTimetable, DoublesTheIntervalOfTheVarianceAfterKappaUpdates) {
  const ZeroOneTimetable table = timetable(3, 40, 10, 16);
  EXPECT_THAT(rounds_to(60, [&](Round t) { return table.updates_variance(t); }),
              ElementsAre(1, 2, 3, 4, 6, 8, 10, 14, 18, 22, 30, 38));
}

TEST(ZeroOneTimetable, DoublesTheIntervalOfLocalStepsUpToItsCap) {
  const ZeroOneTimetable table = timetable(16, 4, 8, 4);
  EXPECT_THAT(rounds_to(36, [&](Round t) { return table.synchronizes(t); }),
              ElementsAre(1, 2, 3, 4,                 // sync_rounds
                          5, 6, 7, 8, 9, 10, 11, 12,  // every round
                          14, 16, 18, 20,             // every second
                          24, 28, 32, 36));           // every fourth, from here on
}

TEST(ZeroOneTimetable, AnswersForAnyRound) {
  const ZeroOneTimetable table = timetable(1, 1, 1, 16);
  for (const Round t : {Round{0}, ~Round{0}}) EXPECT_FALSE(table.updates_variance(t)) << t;
  EXPECT_FALSE(table.synchronizes(~Round{0}));  // 2^64 - 2 is no multiple of 16
}

std::string config_of(const std::string& compressor, const std::string& table, int rounds) {
  return fmt::format(
      "topology: {{graph: star, workers: 3}}\n"
      "objective: {{model: quadratic, dimension: {}, noise: 0.1}}\n"
      "algorithm: {{name: zero-one-adam, learning_rate: 0.01, compressor: {}, {},\n"
      "  schedule: {{kind: inverse-sqrt}}}}\n"
      "run: {{rounds: {}, evaluate_every: 1}}\n",
      kDimension, compressor, table, rounds);
}

/// Algorithm 1 in double, for full vectors.
struct Reference {
  Vector x, x_s;
  std::vector<double> m, u;

  explicit Reference(std::size_t d) : x(d), x_s(d), m(d), u(d) {}
};

class ZeroOneAdam : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(
    Timetables, ZeroOneAdam,
    ::testing::Values("sync_rounds: 1000, kappa: 1000",  // both in every round
                      "sync_rounds: 12, kappa: 3, doubling_rounds: 10, max_interval: 4"));

TEST_P(ZeroOneAdam, WithFullVectorsIsAlgorithm1) {
  const std::string config = config_of("identity", GetParam(), 60);
  const Experiment experiment = experiment_of(config);
  const ZeroOneTimetable table(experiment.config().section("algorithm"));
  Cluster cluster(experiment);
  Workspace work;
  std::vector<Reference> workers(cluster.size(), Reference(kDimension));
  std::vector<double> v(kDimension, 0.0);
  double rates = 0.0;
  for (Round t = 1; t <= 60; ++t) {
    const double eta = 0.01 / std::sqrt(static_cast<double>(t));
    rates += eta;
    std::vector<double> mean_g(kDimension, 0.0);
    std::vector<double> mean_u(kDimension, 0.0);
    Vector g(kDimension);
    for (NodeId id = 1; id < cluster.size(); ++id) {
      Reference& worker = workers[id];
      cluster.node(id).problem->gradient(t, worker.x, g, work);
      accumulate(mean_g, 1.0 / 3.0, g);
      for (std::size_t j = 0; j < kDimension; ++j)
        worker.m[j] = 0.9 * worker.m[j] + 0.1 * static_cast<double>(g[j]);
    }
    if (table.updates_variance(t))
      for (std::size_t j = 0; j < kDimension; ++j)
        v[j] = 0.99 * v[j] + 0.01 * mean_g[j] * mean_g[j];
    for (NodeId id = 1; id < cluster.size(); ++id) {
      Reference& worker = workers[id];
      for (std::size_t j = 0; j < kDimension; ++j) {
        worker.x[j] -= static_cast<float>(eta * worker.m[j] / std::sqrt(v[j] + 1e-8));
        worker.u[j] += eta * worker.m[j];
        mean_u[j] += worker.u[j] / 3.0;
      }
    }
    if (table.synchronizes(t)) {
      for (NodeId id = 1; id < cluster.size(); ++id) {
        Reference& worker = workers[id];
        for (std::size_t j = 0; j < kDimension; ++j) {
          worker.m[j] = mean_u[j] / rates;
          worker.x_s[j] -= static_cast<float>(mean_u[j] / std::sqrt(v[j] + 1e-8));
          worker.u[j] = 0.0;
        }
        worker.x = worker.x_s;
      }
      rates = 0.0;
    }
    cluster.run_to(t);
    for (NodeId id = 1; id < cluster.size(); ++id)
      for (std::size_t j = 0; j < kDimension; ++j)
        ASSERT_NEAR(cluster.model(id)[j], workers[id].x[j], 2e-4)
            << t << ", worker " << id << ", coordinate " << j;
  }
}

TEST(ZeroOneAdamRun, SendsNothingInRoundsOfLocalSteps) {
  const Recorder recorder = run(config_of(
      "scaled-sign", "sync_rounds: 4, kappa: 1, doubling_rounds: 2, max_interval: 4", 24));
  const ZeroOneTimetable table = timetable(1, 4, 2, 4);
  std::size_t silent = 0;
  for (Round t = 1; t <= 24; ++t) {
    const auto now = recorder.row(t);
    const auto before = recorder.row(t - 1);
    const std::uint64_t expected = (table.updates_variance(t) ? kDimension * 6 * 32 : 0) +
                                   (table.synchronizes(t) ? (32 + kDimension) * 6 : 0);
    EXPECT_EQ(now.ideal_bits - before.ideal_bits, expected) << t;
    EXPECT_EQ(now.wire_bytes > before.wire_bytes, expected > 0) << t;
    EXPECT_EQ(*now.consensus_error > 0.0, !table.synchronizes(t)) << t;
    silent += expected == 0 ? 1 : 0;
  }
  EXPECT_EQ(silent, 13U);
}

TEST(ZeroOneAdamRun, LetsWorkersRunAheadInSilentRounds) {
  const std::string config =
      config_of("scaled-sign", "sync_rounds: 3, kappa: 2, doubling_rounds: 4, max_interval: 8", 50);
  const Experiment experiment = experiment_of(config);
  Cluster steady(experiment);
  steady.run_to(50);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Cluster random(experiment);
    Stream order = stream_of(seed);
    random.run_to(50, order);
    EXPECT_EQ(difference(random.states(), steady.states()), "") << seed;
  }
}

TEST(ZeroOneAdamRun, ContinuesFromASavedStateBitForBit) {
  const std::string config =
      config_of("scaled-sign", "sync_rounds: 3, kappa: 2, doubling_rounds: 4, max_interval: 8", 50);
  const Experiment experiment = experiment_of(config);
  Cluster whole(experiment);
  whole.run_to(29);  // between two synchronizations
  Cluster resumed(experiment);
  resumed.restore(whole.states());
  whole.run_to(50);
  resumed.run_to(50);
  EXPECT_EQ(difference(resumed.states(), whole.states()), "");
}

}  // namespace
}  // namespace hearsay
