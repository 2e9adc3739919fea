// CADA: who uploads, and when.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "core/vector_ops.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr std::size_t kDimension = 20;
constexpr Round kRounds = 80;

std::string config_of(const std::string& algorithm) {
  return fmt::format(
      "topology: {{graph: star, workers: 4}}\n"
      "objective: {{model: quadratic, dimension: {}, noise: 0.1}}\n"
      "algorithm: {{{}, learning_rate: 0.02}}\n"
      "run: {{rounds: {}, evaluate_every: 1}}\n",
      kDimension, algorithm, kRounds);
}

std::string cada(const std::string& rule, double threshold, int max_delay) {
  return config_of(fmt::format("name: cada, rule: {}, threshold: {}, max_delay: {}, d_max: 5", rule,
                               threshold, max_delay));
}

class Cada : public ::testing::TestWithParam<std::string> {
 protected:
  /// The rounds in which each worker uploads.
  static std::map<NodeId, std::vector<Round>> uploads(const Experiment& experiment) {
    std::map<NodeId, std::vector<Round>> result;
    Cluster cluster(experiment);
    cluster.watch = [&](const Envelope& envelope) {
      const FrameHeader& header = envelope.header;
      if (header.from != 0 && !envelope.payload->empty())
        result[header.from].push_back(header.round);
    };
    cluster.run_to(kRounds);
    return result;
  }
};

INSTANTIATE_TEST_SUITE_P(Rules, Cada, ::testing::Values("cada1", "cada2"));

TEST_P(Cada, WithoutAThresholdIsDistributedAmsgrad) {
  const Recorder lazy = run(cada(GetParam(), 0.0, 50));
  const Recorder eager = run(config_of("name: dist-amsgrad"));
  EXPECT_EQ(lazy.last().ideal_bits, eager.last().ideal_bits);
  for (Round t = 1; t <= kRounds; ++t)
    ASSERT_NEAR(*lazy.row(t).train_loss / *eager.row(t).train_loss, 1.0, 1e-4) << t;
}

TEST_P(Cada, UploadsLessWithAThresholdAndNeverTooLate) {
  constexpr Round kDelay = 7;
  const Experiment experiment = experiment_of(cada(GetParam(), 2.0, kDelay));
  std::size_t all = 0;
  for (const auto& [worker, rounds] : uploads(experiment)) {
    EXPECT_EQ(rounds.front(), 1U) << worker;
    Round last = 1;
    for (const Round t : rounds) {
      EXPECT_LE(t - last, kDelay) << worker;
      last = t;
    }
    EXPECT_LE(kRounds - last, kDelay) << worker;
    all += rounds.size();
  }
  EXPECT_LT(all, 4 * kRounds * 3 / 4);
  EXPECT_GT(all, 4 * kRounds / kDelay + 8);  // the rule speaks too, not the delay alone
  // An empty message has no ideal bits: x goes down to all, and the uploads go up.
  EXPECT_EQ(run(experiment).last().ideal_bits, (4 * kRounds + all) * 32 * kDimension);
}

TEST_P(Cada, UploadsAtTheLongestDelayOnlyUnderAnImpossibleThreshold) {
  for (const auto& [worker, rounds] : uploads(experiment_of(cada(GetParam(), 1e30, 9)))) {
    std::vector<Round> expected;
    for (Round t = 1; t <= kRounds; t += 9) expected.push_back(t);
    EXPECT_EQ(rounds, expected) << worker;
  }
}

TEST_P(Cada, UploadsByTheRuleOfThePaper) {
  constexpr double kThreshold = 2.0;
  constexpr Round kDelay = 7;
  const Experiment experiment = experiment_of(cada(GetParam(), kThreshold, kDelay));
  const auto uploaded = uploads(experiment);
  Cluster cluster(experiment);
  Workspace work;
  std::map<NodeId, std::vector<Round>> expected;
  std::vector<Vector> models;  // x_1, x_2, ..
  Vector delta_at_upload[5];
  for (Round t = 1; t <= kRounds; ++t) {
    cluster.run_to(t - 1);
    models.emplace_back(cluster.model(1).begin(), cluster.model(1).end());
    double steps = 0.0;
    for (Round d = 1; d <= 5 && d < t; ++d)
      steps += squared_distance(models[t - d], models[t - 1 - d]);
    for (NodeId id = 1; id <= 4; ++id) {
      std::vector<Round>& rounds = expected[id];
      Vector now(kDimension);
      Vector then(kDimension);
      cluster.node(id).problem->gradient(t, models.back(), now, work);
      const Round anchor = GetParam() == "cada1" ? (t - 1) / kDelay * kDelay + 1
                           : rounds.empty()      ? 1
                                                 : rounds.back();
      cluster.node(id).problem->gradient(t, models[anchor - 1], then, work);
      subtract(now, now, then);
      Vector last = GetParam() == "cada1" ? delta_at_upload[id] : Vector();
      last.resize(kDimension);
      const bool changed = squared_distance(now, last) >= kThreshold / 5.0 * steps;
      if (!changed && t - rounds.back() < kDelay) continue;
      rounds.push_back(t);
      delta_at_upload[id] = now;
    }
  }
  EXPECT_EQ(uploaded, expected);
}

TEST_P(Cada, ContinuesFromASavedStateBitForBit) {
  const Experiment experiment = experiment_of(cada(GetParam(), 2.0, 7));
  Cluster whole(experiment);
  whole.run_to(31);
  Cluster resumed(experiment);
  resumed.restore(whole.states());
  whole.run_to(kRounds);
  resumed.run_to(kRounds);
  EXPECT_EQ(difference(resumed.states(), whole.states()), "");
}

TEST(CadaServer, RefusesAnEmptyMessageWhereThereMayBeNone) {
  const Experiment lazy = experiment_of(cada("cada2", 1.0, 7));
  const Experiment eager = experiment_of(config_of("name: dist-amsgrad"));
  EXPECT_EQ(Cluster(lazy).engine(0).algorithm().check(1, 0, {}), std::nullopt);
  EXPECT_NE(Cluster(lazy).engine(1).algorithm().check(1, 1, {}), std::nullopt);
  EXPECT_NE(Cluster(eager).engine(0).algorithm().check(1, 0, {}), std::nullopt);
}

}  // namespace
}  // namespace hearsay
