// What every algorithm must do with every compressor that it takes, on every kind of network.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

class Algorithms : public ::testing::TestWithParam<Pairing> {
 protected:
  static std::vector<std::string> topologies() {
    if (GetParam().on_server()) return {"{graph: star, workers: 3}", "{graph: ring, nodes: 1}"};
    return {"{graph: ring, nodes: 5}", "{graph: complete, nodes: 4}", "{graph: star, nodes: 4}",
            "{graph: path, nodes: 2}", "{graph: ring, nodes: 1}"};
  }
  static std::string config(const std::string& topology) {
    return fmt::format(
        "topology: {}\n"
        "objective: {{model: softmax, batch: 3, data: {{name: synthetic, rows: 50, features: 4, "
        "classes: 3, test_rows: 20}}}}\n"
        "algorithm: {}\n"
        "run: {{rounds: 5, evaluate_every: 1}}\n",
        topology, algorithm_settings(GetParam()));
  }
};

INSTANTIATE_TEST_SUITE_P(Registry, Algorithms, ::testing::ValuesIn(all_pairings()),
                         [](const auto& pairing) { return pairing.param.test_name(); });

TEST_P(Algorithms, RunWithFiniteMetricsAndGrowingTraffic) {
  for (const std::string& topology : topologies()) {
    SCOPED_TRACE(topology);
    const Experiment experiment = experiment_of(config(topology));
    const Recorder recorder = run(experiment);
    ASSERT_EQ(recorder.reports.size(), 6U);
    const bool alone = experiment.network().nodes() == 1;
    for (std::size_t t = 0; t < recorder.reports.size(); ++t) {
      const MetricsRow& row = recorder.row(t);
      EXPECT_EQ(row.round, t);
      EXPECT_TRUE(std::isfinite(row.consensus_error.value()));
      EXPECT_EQ(row.train_loss.has_value(), experiment.trains());
      if (experiment.trains()) {
        EXPECT_TRUE(std::isfinite(*row.train_loss));
        EXPECT_TRUE(std::isfinite(*row.grad_norm));
        EXPECT_GE(row.test_accuracy.value(), 0.0);
        EXPECT_LE(row.test_accuracy.value(), 1.0);
      }
      if (t == 0 || alone) {
        EXPECT_EQ(row.wire_bytes, 0U);
        EXPECT_EQ(row.ideal_bits, 0U);
      } else {
        EXPECT_GT(row.wire_bytes, recorder.row(t - 1).wire_bytes);
        EXPECT_GT(row.ideal_bits, recorder.row(t - 1).ideal_bits);
      }
    }
    ASSERT_TRUE(recorder.end);
    EXPECT_EQ(recorder.end->round, 5U);
    EXPECT_FALSE(recorder.end->interrupted);
    EXPECT_EQ(recorder.end->model.size(), experiment.dimension());
  }
}

TEST_P(Algorithms, ChangeTheModelInEveryRound) {
  const Experiment experiment = experiment_of(config(topologies().front()));
  const Recorder recorder = run(experiment);
  for (std::size_t t = 1; t < recorder.reports.size(); ++t) {
    const MetricsRow& now = recorder.row(t);
    const MetricsRow& before = recorder.row(t - 1);
    EXPECT_TRUE(now.train_loss != before.train_loss ||
                now.consensus_error != before.consensus_error)
        << t;
  }
}

TEST_P(Algorithms, RunOnOneKindOfNetworkOnly) {
  const std::string wrong =
      GetParam().on_server() ? "{graph: ring, nodes: 4}" : "{graph: star, workers: 3}";
  EXPECT_THROW(experiment_of(config(wrong)), ConfigError);
}

}  // namespace
}  // namespace hearsay
