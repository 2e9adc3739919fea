#include "nodes/evaluation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/vector_ops.h"
#include "nodes/node_evaluation.h"
#include "tests/core/row_numbers.h"
#include "tests/core/vectors.h"
#include "tests/nodes/cluster.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr std::size_t kParts = 5;
constexpr std::size_t kDimension = 7;

std::vector<Vector> models(float offset, float spread) {
  std::vector<Vector> result;
  for (std::size_t i = 0; i < kParts; ++i) {
    result.push_back(gaussian_vector(kDimension, i + 1));
    for (float& value : result.back()) value = offset + spread * value;
  }
  return result;
}

/// (1/n) sum_i ||x_i - x-bar||^2, as it is written.
double consensus_error(const std::vector<Vector>& x) {
  double total = 0.0;
  for (std::size_t j = 0; j < x.front().size(); ++j) {
    double mean = 0.0;
    for (const Vector& xi : x) mean += static_cast<double>(xi[j]) / static_cast<double>(x.size());
    for (const Vector& xi : x) total += std::pow(static_cast<double>(xi[j]) - mean, 2);
  }
  return total / static_cast<double>(x.size());
}

MetricsRow consensus_row(const std::vector<Vector>& x) {
  Evaluation evaluation(1, x.size(), x.front().size(), false, 0);
  for (const Vector& xi : x) evaluation.add_model(xi);
  const Vector mean = evaluation.mean();
  for (const Vector& xi : x) {
    NodeResult result;
    result.squared_distance = squared_distance(xi, mean);
    evaluation.add_result(result, {});
  }
  return evaluation.row();
}

TEST(Evaluation, ConsensusErrorIsThatOfTheDefinition) {
  const auto x = models(0.0F, 1.0F);
  EXPECT_NEAR(*consensus_row(x).consensus_error, consensus_error(x), 1e-12);
}

TEST(Evaluation, ConsensusErrorIsExactAlsoWhereTheMeanIsNoFloat) {
  // Models a few units in the last place apart: the rounding of the mean is as large as their
  // distances, and must not count.
  const auto x = models(1000.0F, 1e-4F);
  ASSERT_GT(consensus_error(x), 0.0);
  EXPECT_NEAR(*consensus_row(x).consensus_error / consensus_error(x), 1.0, 1e-6);
}

TEST(Evaluation, OfEqualModelsFindsExactConsensus) {
  const std::vector<Vector> x(kParts, gaussian_vector(kDimension, 1));
  EXPECT_EQ(*consensus_row(x).consensus_error, 0.0);
}

TEST(Evaluation, AddsUpOffersAndResults) {
  Evaluation evaluation(30, 2, 3, true, 40);
  evaluation.add_offer(
      {.seconds = 0.5, .epochs = 0.0, .ideal_bits = 1, .wire_bytes = 10});  // server
  evaluation.add_offer({.seconds = 2.5, .epochs = 3.0, .ideal_bits = 2, .wire_bytes = 20});
  evaluation.add_offer({.seconds = 1.5, .epochs = 4.0, .ideal_bits = 4, .wire_bytes = 40});
  evaluation.add_model(Vector{1.0F, 2.0F, 3.0F});
  evaluation.add_model(Vector{3.0F, 2.0F, 1.0F});
  const Vector mean = evaluation.mean();
  EXPECT_EQ(mean, (Vector{2.0F, 2.0F, 2.0F}));
  evaluation.add_result({.loss = 1.0, .squared_distance = 2.0, .correct = 7},
                        Vector{4.0F, 0.0F, 0.0F});
  evaluation.add_result({.loss = 2.0, .squared_distance = 2.0, .correct = 9},
                        Vector{2.0F, 0.0F, 8.0F});
  const MetricsRow row = evaluation.row();
  EXPECT_EQ(row.round, 30U);
  EXPECT_EQ(row.seconds, 2.5);  // the slowest node's
  EXPECT_EQ(row.epoch, 3.5);
  EXPECT_EQ(row.ideal_bits, 7U);
  EXPECT_EQ(row.wire_bytes, 70U);
  EXPECT_EQ(row.train_loss, 1.5);
  EXPECT_EQ(row.grad_norm, 5.0);  // of the mean (3, 0, 4)
  EXPECT_EQ(row.consensus_error, 2.0);
  EXPECT_EQ(row.test_accuracy, 0.4);
}

TEST(Evaluation, OfModelsBeyondAllFloatsHasNoConsensus) {
  Evaluation evaluation(1, 1, 1, false, 0);
  evaluation.add_model(Vector{1.0F});
  evaluation.mean();
  evaluation.add_result({.squared_distance = std::numeric_limits<double>::quiet_NaN()}, {});
  EXPECT_TRUE(std::isnan(*evaluation.row().consensus_error));
}

TEST(Evaluation, WithoutTestRowsHasNoAccuracy) {
  Evaluation evaluation(1, 1, 1, true, 0);
  evaluation.add_model(Vector{1.0F});
  evaluation.mean();
  evaluation.add_result({}, Vector{0.0F});
  EXPECT_FALSE(evaluation.row().test_accuracy);
  EXPECT_EQ(evaluation.row().train_loss, 0.0);
}

TEST(Evaluation, OfANodeCountsItsShareOfTheTestRowsOnce) {
  const Experiment experiment = experiment_of(
      "topology: {graph: ring, nodes: 3}\n"
      "objective: {model: softmax, data: {name: synthetic, rows: 30, features: 4, classes: 3, "
      "test_rows: 20}}\n"
      "algorithm: {name: dpsgd, learning_rate: 0.1}\n"
      "run: {rounds: 1}\n");
  Cluster cluster(experiment);
  const Vector mean = gaussian_vector(experiment.dimension(), 3);
  Workspace work;
  std::uint64_t together = 0;
  double loss = 0.0;
  for (NodeId id = 0; id < 3; ++id) {
    Vector gradient(experiment.dimension());
    const NodeResult result = evaluate_node(experiment, cluster.node(id), mean, gradient, work);
    together += result.correct.value();
    Vector expected(experiment.dimension());
    loss = cluster.node(id).problem->full(mean, expected, work);
    EXPECT_EQ(result.loss, loss);
    EXPECT_EQ(bits_of(gradient), bits_of(expected));
    EXPECT_EQ(result.squared_distance, squared_distance(cluster.model(id), mean));
  }
  const auto& objective = cluster.node(0).problem->objective();
  EXPECT_EQ(together, objective.correct(mean, {}, rows_from(0, 20), work));
}

Experiment some_rows(const std::string& run, const std::string& algorithm = "dpsgd") {
  return experiment_of(fmt::format(
      "topology: {{graph: ring, nodes: 3}}\n"
      "objective: {{model: softmax, partition: contiguous, data: {{name: synthetic, rows: 31, "
      "features: 4, classes: 3, test_rows: 20}}}}\n"
      "algorithm: {{name: {}{}}}\n"
      "run: {{rounds: 4, evaluate_every: 2{}}}\n",
      algorithm,
      algorithm == "dpsgd" ? ", learning_rate: 0.1"
                           : ", learning_rate: 0.1, beta: 0.5, compressor: identity, gossip_step: "
                             "0.5",
      run));
}

TEST(Evaluation, OfSomeRowsTakesThemEvenlySpacedFromEachNodesList) {
  const Experiment experiment = some_rows(", evaluate_rows: 4, test_rows: 7");
  Cluster cluster(experiment);
  const Vector mean = gaussian_vector(experiment.dimension(), 3);
  const Objective& objective = experiment.objective();
  Workspace work;
  const std::vector<std::vector<std::uint32_t>> rows = {
      {0, 2, 5, 7}, {10, 12, 15, 17}, {20, 22, 25, 28}};  // 10, 10 and 11 rows
  const std::vector<std::vector<std::uint32_t>> test_rows = {{0, 2}, {5, 8}, {11, 14, 17}};
  for (NodeId id = 0; id < 3; ++id) {
    Vector gradient(experiment.dimension());
    Vector expected(experiment.dimension());
    const NodeResult result = evaluate_node(experiment, cluster.node(id), mean, gradient, work);
    EXPECT_EQ(result.loss,
              objective.evaluate(mean, {.rows = rows[id], .part = id}, expected, work));
    EXPECT_EQ(bits_of(gradient), bits_of(expected));
    EXPECT_EQ(result.correct, objective.correct(mean, {}, test_rows[id], work));
  }
  EXPECT_EQ(experiment.test_rows().size(), 7U);
}

TEST(Evaluation, OfAsManyRowsAsThereAreIsThatOfAll) {
  const Recorder all = run(some_rows(""));
  const Recorder as_many = run(some_rows(", evaluate_rows: 11, test_rows: 20"));
  const Recorder some = run(some_rows(", evaluate_rows: 4, test_rows: 7"));
  EXPECT_EQ(timeless_rows(as_many), timeless_rows(all));
  EXPECT_NE(*some.last().train_loss, *all.last().train_loss);
  EXPECT_EQ(bits_of(some.end->model), bits_of(all.end->model));
}

TEST(Evaluation, OfSomeRowsLeavesTheGradientsOfAlgorithmsAlone) {
  // docom starts from the full gradient.
  const Recorder all = run(some_rows("", "docom"));
  const Recorder some = run(some_rows(", evaluate_rows: 2", "docom"));
  EXPECT_EQ(bits_of(some.end->model), bits_of(all.end->model));
}

TEST(Evaluation, OfSomeRowsIsAnnounced) {
  const auto notes_of = [](const std::string& run) {
    std::vector<std::string> notes = some_rows(run).notes();
    notes.erase(notes.begin());  // the data
    return notes;
  };
  EXPECT_EQ(
      notes_of(", evaluate_rows: 4, test_rows: 7"),
      (std::vector<std::string>{"train loss and gradient norm: over 4 of each node's 10 to 11 rows "
                                "(run.evaluate_rows)",
                                "test accuracy: over 7 of 20 test rows (run.test_rows)"}));
  EXPECT_TRUE(notes_of(", evaluate_rows: 11, test_rows: 20").empty());
}

TEST(Evaluation, OfANodeThatOnlyAveragesLooksAtNoLoss) {
  const Experiment experiment = experiment_of(
      "topology: {graph: ring, nodes: 3}\n"
      "objective: {model: quadratic, dimension: 4}\n"
      "algorithm: {name: choco-gossip, compressor: identity}\n"
      "run: {rounds: 1}\n");
  Cluster cluster(experiment);
  Workspace work;
  const NodeResult result = evaluate_node(experiment, cluster.node(0), Vector(4), {}, work);
  EXPECT_EQ(result.loss, 0.0);
  EXPECT_FALSE(result.correct);
  EXPECT_EQ(result.squared_distance, squared_norm(cluster.model(0)));
}

TEST(ConsensusMeasure, SwitchesToProjectionsAboveAMillionParameters) {
  EXPECT_TRUE(consensus_measure("auto", 64, 1'000'000).exact);
  EXPECT_FALSE(consensus_measure("auto", 64, 1'000'001).exact);
  EXPECT_TRUE(consensus_measure("exact", 64, 1'000'001).exact);
  EXPECT_FALSE(consensus_measure("projection", 64, 3).exact);
  EXPECT_EQ(consensus_measure("projection", 64, 3).projections, 64U);
}

double squared(const std::vector<double>& v) {
  double total = 0.0;
  for (const double value : v) total += value * value;
  return total;
}

TEST(ConsensusSketch, IsUnbiasedWithTheStatedVariance) {
  constexpr std::size_t kSize = 64;
  constexpr int kRounds = 4000;
  const Vector x = gaussian_vector(300, 1);
  const double truth = squared_norm(x);
  double sum = 0.0;
  double sum_of_squares = 0.0;
  for (Round t = 1; t <= kRounds; ++t) {
    const double relative = squared(consensus_sketch(x, kSize, 1, t)) / truth;
    sum += relative;
    sum_of_squares += relative * relative;
  }
  const double mean = sum / kRounds;
  const double variance = sum_of_squares / kRounds - mean * mean;
  const double bound = 2.0 / kSize;
  EXPECT_NEAR(mean, 1.0, 4.0 * std::sqrt(bound / kRounds));
  EXPECT_LT(variance, 1.1 * bound);  // estimated from 4000 draws: within some per cent
  EXPECT_GT(variance, 0.8 * bound);  // the bound is nearly reached for vectors of many coordinates
}

TEST(ConsensusSketch, IsLinearAndTheSameForAllNodesOfARound) {
  const Vector x = gaussian_vector(50, 1);
  const Vector y = gaussian_vector(50, 2);
  Vector sum(50);
  for (std::size_t j = 0; j < sum.size(); ++j) sum[j] = x[j] + y[j];
  const auto of_x = consensus_sketch(x, 16, 9, 4);
  const auto of_y = consensus_sketch(y, 16, 9, 4);
  const auto of_sum = consensus_sketch(sum, 16, 9, 4);
  for (std::size_t k = 0; k < 16; ++k) EXPECT_NEAR(of_sum[k], of_x[k] + of_y[k], 1e-5) << k;
  EXPECT_NE(consensus_sketch(x, 16, 9, 5), of_x);
  EXPECT_NE(consensus_sketch(x, 16, 8, 4), of_x);
}

TEST(ConsensusSketch, OfManyNodesEstimatesTheConsensusError) {
  const std::string config =
      "topology: {graph: ring, nodes: 6}\n"
      "objective: {model: quadratic, dimension: 500}\n"
      "algorithm: {name: choco-gossip, compressor: identity}\n";
  const Recorder exact = run(config + "run: {rounds: 4, evaluate_every: 1}\n");
  const Recorder sketched = run(
      config + "run: {rounds: 4, evaluate_every: 1, consensus: projection, projections: 4096}\n");
  for (std::size_t t = 0; t <= 4; ++t) {
    EXPECT_NEAR(sketched.consensus_error(t) / exact.consensus_error(t), 1.0, 0.1) << t;
    EXPECT_NE(sketched.consensus_error(t), exact.consensus_error(t)) << t;
  }
}

}  // namespace
}  // namespace hearsay
