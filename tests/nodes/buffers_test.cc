// The buffers of a model: each node's own in training, local or averaged at evaluations, and their
// mean at the end.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "core/vector_ops.h"
#include "nodes/launcher.h"
#include "nodes/node_runner.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"
#include "tests/nodes/running_mean.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr std::size_t kDimension = 5;

std::string config_of(const std::string& policy, const std::string& topology, int evaluate_every) {
  const bool star = topology.find("workers") != std::string::npos;
  return fmt::format(
      "topology: {{{}}}\n"
      "objective: {{model: quadratic, dimension: {}, buffers: {}}}\n"
      "algorithm: {{name: {}, learning_rate: 0.1}}\n"
      "run: {{rounds: 12, evaluate_every: {}, test_rows: 10}}\n",
      topology, kDimension, policy, star ? "dist-amsgrad" : "dpsgd", evaluate_every);
}

const char* const kRing = "graph: ring, nodes: 4";
const char* const kStar = "graph: star, workers: 3";

class Buffers
    : public ::testing::TestWithParam<std::tuple<const char* /*policy*/, const char* /*graph*/>> {
 protected:
  std::string config(int evaluate_every = 4) const {
    return config_of(std::get<0>(GetParam()), std::get<1>(GetParam()), evaluate_every);
  }
  bool averaged() const { return std::string(std::get<0>(GetParam())) == "averaged"; }
};

INSTANTIATE_TEST_SUITE_P(Policies, Buffers,
                         ::testing::Combine(::testing::Values("local", "averaged"),
                                            ::testing::Values(kRing, kStar)));

/// The same nodes without evaluations, and what they should have found at the end.
struct ByHand {
  ByHand(const Experiment& experiment, bool averaged) : cluster(experiment) {
    cluster.run_to(experiment.rounds());
    const Network& network = experiment.network();
    const auto n = static_cast<double>(network.parts());
    std::vector<double> x_sum(kDimension);
    std::vector<double> buffer_sum(kDimension + 1);
    for (NodeId part = 0; part < network.parts(); ++part) {
      const Node& node = cluster.node(network.holder_of(part));
      accumulate(x_sum, 1.0, cluster.model(node.id));
      accumulate(buffer_sum, 1.0, node.problem->buffers());
    }
    for (const double sum : x_sum) x.push_back(static_cast<float>(sum / n));
    for (const double sum : buffer_sum) buffers.push_back(static_cast<float>(sum / n));

    const RunningMeanObjective objective(kDimension);
    Workspace work;
    std::uint64_t right = 0;
    for (NodeId part = 0; part < network.parts(); ++part) {
      const LocalProblem& problem = *cluster.node(network.holder_of(part)).problem;
      Vector own(problem.buffers().begin(), problem.buffers().end());
      if (averaged) own = buffers;
      loss += objective.evaluate(x, {.rows = {}, .part = part, .buffers = own}, {}, work) / n;
      std::vector<std::uint32_t> rows;
      for (std::size_t k = part * 10 / network.parts(); k < (part + 1) * 10 / network.parts(); ++k)
        rows.push_back(static_cast<std::uint32_t>(k * 12 / 10));
      right += *objective.correct(x, own, rows, work);
    }
    accuracy = static_cast<double>(right) / 10.0;
  }

  Cluster cluster;
  Vector x;
  Vector buffers;
  double loss = 0.0;
  double accuracy = 0.0;
};

TEST_P(Buffers, OfASimulatedRunFollowTheirPolicy) {
  const Experiment experiment = running_mean_experiment(config());
  const ByHand expected(experiment, averaged());
  for (const std::size_t threads : {1, 3}) {
    const Recorder recorder = run(experiment, threads);
    EXPECT_EQ(bits_of(recorder.end->model), bits_of(expected.x));
    EXPECT_EQ(bits_of(recorder.end->buffers), bits_of(expected.buffers));
    EXPECT_NEAR(*recorder.last().train_loss, expected.loss, 1e-12);
    EXPECT_EQ(*recorder.last().test_accuracy, expected.accuracy);
  }
  EXPECT_EQ(expected.buffers.back(), 12.0F);  // each node has drawn twelve batches
}

TEST_P(Buffers, AreNotChangedByEvaluations) {
  const Recorder often = run(running_mean_experiment(config(1)));
  const Recorder seldom = run(running_mean_experiment(config(12)));
  EXPECT_EQ(bits_of(often.end->model), bits_of(seldom.end->model));
  EXPECT_EQ(bits_of(often.end->buffers), bits_of(seldom.end->buffers));
  EXPECT_EQ(timeless_rows(often).back(), timeless_rows(seldom).back());
}

TEST_P(Buffers, ArePartOfTheStateThatANodeGoesOnFrom) {
  const Experiment experiment = running_mean_experiment(config());
  Cluster whole(experiment);
  whole.run_to(6);
  const std::vector<SavedState> middle = whole.states();
  const Network& network = experiment.network();
  const NodeId last = network.holder_of(static_cast<NodeId>(network.parts() - 1));
  EXPECT_EQ(bits_of(middle.at(last).at("buffers")), bits_of(whole.node(last).problem->buffers()));
  whole.run_to(12);

  Cluster fresh(experiment);
  fresh.restore(middle);
  fresh.run_to(12);
  EXPECT_EQ(difference(fresh.states(), whole.states()), "");
}

TEST_P(Buffers, OfProcessesAreThoseOfTheSimulator) {
  const Experiment experiment = running_mean_experiment(config());
  const Recorder simulated = run(experiment);

  std::string folder = (std::filesystem::temp_directory_path() / "hearsay-test-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string collector = "ipc://" + folder + "/collector";
  spdlog::set_level(spdlog::level::warn);  // makes the logger as well, before there are threads
  std::vector<std::thread> nodes;
  for (NodeId id = 0; id < experiment.network().nodes(); ++id)
    nodes.emplace_back([&, id] {
      EXPECT_TRUE(
          run_node(experiment, id,
                   node_options(experiment.config(), {.bind = "tcp://127.0.0.1:*", .advertise = {}},
                                collector)));
    });
  Recorder real;
  launch(experiment, {.nodes = {}, .log_folder = {}, .collector = collector}, real);
  for (std::thread& node : nodes) node.join();
  std::filesystem::remove_all(folder);

  EXPECT_EQ(timeless_rows(real), timeless_rows(simulated));
  EXPECT_EQ(bits_of(real.end->model), bits_of(simulated.end->model));
  EXPECT_EQ(bits_of(real.end->buffers), bits_of(simulated.end->buffers));
}

TEST(BuffersPolicy, ChangesTheEvaluationsOnly) {
  const Recorder local = run(running_mean_experiment(config_of("local", kRing, 4)));
  const Recorder averaged = run(running_mean_experiment(config_of("averaged", kRing, 4)));
  EXPECT_EQ(bits_of(local.end->model), bits_of(averaged.end->model));
  EXPECT_EQ(bits_of(local.end->buffers), bits_of(averaged.end->buffers));
  EXPECT_EQ(*local.row(0).train_loss, *averaged.row(0).train_loss);  // all nodes' are equal yet
  EXPECT_NE(*local.last().train_loss, *averaged.last().train_loss);
  EXPECT_EQ(local.last().wire_bytes, averaged.last().wire_bytes);
}

}  // namespace
}  // namespace hearsay
