#include "nodes/layer_report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Layout three_layers() {
  Layout layout;
  layout.append("a", {2, 2});
  layout.append("nothing", {0});
  layout.append("b", {10});
  return layout;
}

LayerCounts counts(std::uint64_t messages, const std::vector<LayerCoverage>& layers,
                   std::uint64_t channels = 1) {
  return {.messages = messages, .channels = channels, .layers = layers};
}

TEST(LayerReport, IsTheMeanOverTheNodesOfWhatWasSentSinceTheLastEvaluation) {
  const Layout layout = three_layers();
  LayerReport report(layout);
  const LayerCounts server;  // sends full vectors
  EXPECT_TRUE(report.add(0, std::vector{server, server, server}).empty());
  auto rows = report.add(5, std::vector{server, counts(5, {{10, 2, 5}, {}, {0, 10, 5}}),
                                        counts(5, {{5, 0, 2}, {}, {5, 5, 5}})});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(layers_line(rows[0]), "5,a,4,0.375,0.25,5\n");  // (10/20 + 5/20) / 2, (2/4 + 0) / 2
  EXPECT_EQ(layers_line(rows[1]), "5,b,10,0.05,0.75,5\n");  // (0 + 5/50) / 2, (10/10 + 5/10) / 2

  // Node 2 is silent since; nothing of it counts but what it has never sent.
  rows = report.add(9, std::vector{server, counts(9, {{10, 2, 9}, {}, {20, 0, 3}}),
                                   counts(5, {{5, 0, 2}, {}, {5, 5, 5}})});
  EXPECT_EQ(layers_line(rows[0]), "9,a,4,0,0.25,9\n");
  EXPECT_EQ(layers_line(rows[1]), "9,b,10,0.5,0.25,5\n");  // 20 in 4 messages

  rows = report.add(10, std::vector{server, counts(9, {{10, 2, 9}, {}, {20, 0, 3}}),
                                    counts(5, {{5, 0, 2}, {}, {5, 5, 5}})});
  EXPECT_EQ(layers_line(rows[0]), "10,a,4,,0.25,9\n");
  EXPECT_EQ(report.starved(), std::nullopt);
}

TEST(LayerReport, OfSeveralChannelsIsTheirMean) {
  const Layout layout = three_layers();
  LayerReport report(layout);
  const auto rows = report.add(4, std::vector{counts(8, {{16, 2, 4}, {}, {8, 10, 1}}, 2)});
  EXPECT_EQ(layers_line(rows[0]), "4,a,4,0.5,0.25,4\n");
  EXPECT_EQ(layers_line(rows[1]), "4,b,10,0.1,0.5,1\n");
}

TEST(LayerReport, NamesTheLayersOfWhichNothingWasSent) {
  const Layout layout = three_layers();
  LayerReport report(layout);
  EXPECT_EQ(report.starved(), std::nullopt) << "no run yet";
  report.add(0, std::vector{LayerCounts(), LayerCounts()});
  EXPECT_EQ(report.starved(), std::nullopt) << "no channel that sparsifies";
  report.add(500, std::vector{counts(500, {{100, 0, 5}, {}, {0, 10, 500}}),
                              counts(500, {{100, 0, 5}, {}, {0, 10, 500}})});
  EXPECT_THAT(report.starved().value_or(""),
              AllOf(HasSubstr("layer b in 500 rounds"), HasSubstr("scope: layer")));
  report.add(501, std::vector{counts(501, {{100, 0, 5}, {}, {0, 10, 501}}),
                              counts(501, {{100, 0, 5}, {}, {1, 9, 501}})});
  EXPECT_EQ(report.starved(), std::nullopt) << "one node has sent an entry";
}

TEST(LayersLine, HasTheColumnsOfTheHeader) {
  EXPECT_EQ(layers_header(), "round,layer,size,sent_fraction,never_sent,oldest_age\n");
}

// ---- In runs.

/// A perceptron of layers of 512, 8, 80 and 10.
Experiment perceptron(const std::string& compressor, const std::string& algorithm = "naive-amsgrad",
                      const std::string& run = "rounds: 10, evaluate_every: 4") {
  return experiment_of(
      fmt::format("topology: {{graph: star, workers: 2}}\n"
                  "objective: {{model: mlp, hidden: [8], data: digits, batch: 16}}\n"
                  "algorithm: {{name: {}, learning_rate: 0.01, compressor: {}}}\nrun: {{{}}}\n",
                  algorithm, compressor, run));
}

/// The rows of each evaluation, and the warning at the end.
struct Reported {
  std::map<Round, std::vector<LayerRow>> rows;
  std::optional<std::string> starved;
};

Reported reported(const Experiment& experiment) {
  LayerReport report(experiment.layout());
  Reported result;
  for (const EvaluationReport& evaluation : run(experiment).reports) {
    std::vector<LayerCounts> nodes;
    for (const NodeOffer& offer : evaluation.offers) nodes.push_back(offer.layers);
    result.rows[evaluation.row.round] = report.add(evaluation.row.round, nodes);
  }
  result.starved = report.starved();
  return result;
}

TEST(LayersOfARun, HaveTheirShareWhenItIsFixed) {
  const Reported found = reported(perceptron("{name: top-k, ratio: 0.02, scope: layer}"));
  EXPECT_TRUE(found.rows.at(0).empty()) << "nothing is sent before round 1";
  for (const Round t : {4U, 8U, 10U}) {
    const auto& rows = found.rows.at(t);
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].layer, "layer0.weight");
    EXPECT_EQ(rows[0].size, 512U);
    EXPECT_DOUBLE_EQ(*rows[0].sent_fraction, 10.0 / 512);
    EXPECT_DOUBLE_EQ(*rows[1].sent_fraction, 1.0 / 8);
    EXPECT_DOUBLE_EQ(*rows[2].sent_fraction, 2.0 / 80);
    EXPECT_EQ(rows[3].layer, "layer1.bias");
    EXPECT_DOUBLE_EQ(*rows[3].sent_fraction, 1.0 / 10);
    for (const LayerRow& row : rows) {
      EXPECT_LE(row.never_sent, 1.0 - *row.sent_fraction);
      EXPECT_LE(row.oldest_age, t);
    }
  }
  EXPECT_EQ(found.starved, std::nullopt);
}

TEST(LayersOfARun, SendKEntriesTogether) {
  const Reported found = reported(perceptron("{name: top-k, k: 61}", "comp-ams"));
  for (const Round t : {4U, 8U, 10U}) {
    double sum = 0.0;
    for (const LayerRow& row : found.rows.at(t))
      sum += *row.sent_fraction * static_cast<double>(row.size);
    EXPECT_NEAR(sum, 61.0, 1e-9) << t;
  }
}

TEST(LayersOfARun, AreStarvedByAGlobalTopKAndNotByLayer) {
  // Four entries of 610, and no memory of what was left out: those of a hidden bias never win.
  const Reported global = reported(perceptron("{name: top-k, k: 4}"));
  EXPECT_EQ(global.rows.at(10)[1].layer, "layer0.bias");
  EXPECT_EQ(global.rows.at(10)[1].never_sent, 1.0);
  EXPECT_EQ(global.rows.at(10)[1].oldest_age, 10U);
  EXPECT_THAT(global.starved.value_or(""), HasSubstr("layer0.bias"));
  for (const char* compressor :
       {"{name: top-k, k: 4, scope: layer}", "{name: top-k, k: 4, floor: 1}"}) {
    const Reported fed = reported(perceptron(compressor));
    for (const LayerRow& row : fed.rows.at(10)) EXPECT_GT(row.sent_fraction, 0.0) << row.layer;
    EXPECT_EQ(fed.starved, std::nullopt);
  }
}

TEST(LayersOfARun, AreNotReportedWhereThereIsNothingToTell) {
  const auto rows_of = [](const Experiment& experiment) {
    std::size_t rows = 0;
    for (const auto& [round, some] : reported(experiment).rows) rows += some.size();
    return rows;
  };
  EXPECT_EQ(rows_of(perceptron("scaled-sign")), 0U);
  EXPECT_EQ(rows_of(perceptron("{name: top-k, k: 4}", "comp-ams", "rounds: 2, health: false")), 0U);
  EXPECT_EQ(rows_of(experiment_of("topology: {graph: star, workers: 2}\n"
                                  "objective: {model: quadratic, dimension: 20}\n"
                                  "algorithm: {name: comp-ams, learning_rate: 0.1, compressor: "
                                  "{name: top-k, k: 4}}\nrun: {rounds: 2}\n")),
            0U);
}

}  // namespace
}  // namespace hearsay
