#include "nodes/faults/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "nodes/greeting.h"
#include "tests/core/vectors.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// A ring of six; the section stands on line 5.
std::string config_with(const std::string& faults) {
  return "topology: {graph: ring, nodes: 6}\n"
         "objective: {model: quadratic, dimension: 4}\n"
         "algorithm: {name: dpsgd, learning_rate: 0.1}\n"
         "run: {rounds: 20}\n" +
         (faults.empty() ? "" : "faults: " + faults + "\n");
}

std::optional<FaultPlan> plan_in(const Experiment& experiment) {
  return fault_plan(experiment.config(), experiment.network());
}

FaultPlan plan_of(const std::string& faults) {
  return *plan_in(experiment_of(config_with(faults)));
}

std::string error_of(const std::string& faults) {
  return message_of<ConfigError>([&] { experiment_of(config_with(faults)); });
}

TEST(FaultPlan, IsThereOnRequestAlone) {
  const Experiment without = experiment_of(config_with(""));
  EXPECT_FALSE(plan_in(without));
  EXPECT_EQ(without.config().yaml().find("faults"), std::string::npos);
  EXPECT_TRUE(plan_in(experiment_of(config_with("{}"))));
}

TEST(FaultPlan, OfNothingIsAPerfectNetwork) {
  const FaultPlan plan = plan_of("{}");
  EXPECT_EQ(plan.compute, 0.0);
  EXPECT_EQ(plan.slowness, std::vector<double>(6, 1.0));
  EXPECT_EQ(plan.settings(0, 1), LinkSettings{});
  EXPECT_EQ(plan.links.rate, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(plan.partitions.empty());
  EXPECT_FALSE(plan.crash_of(0));
}

TEST(FaultPlan, EdgesDifferFromTheOthersInWhatTheySay) {
  const FaultPlan plan = plan_of(
      "{links: {rate: 1e7, delay: 0.01, resend_after: 0.5}, "
      "edges: {0>1: {loss: 0.5}, 0-1: {rate: 1e6}, 5>0: {delay: 1}}}");
  const LinkSettings usual{.rate = 1e7, .delay = 0.01, .resend_after = 0.5};
  LinkSettings slow = usual;
  slow.rate = 1e6;
  LinkSettings lossy = slow;  // what is said of both directions holds for each, in any order
  lossy.loss = 0.5;
  LinkSettings late = usual;
  late.delay = 1.0;
  EXPECT_EQ(plan.settings(0, 1), lossy);
  EXPECT_EQ(plan.settings(1, 0), slow);
  EXPECT_EQ(plan.settings(5, 0), late);
  EXPECT_EQ(plan.settings(0, 5), usual);
  EXPECT_EQ(plan.settings(2, 3), usual);
}

TEST(FaultPlan, HasStragglersAndCrashesByNode) {
  const FaultPlan plan = plan_of(
      "{compute: 0.25, stragglers: {3: 4, 0: 1.5}, "
      "crashes: [{node: 2, round: 5, restart_after: 1.5}]}");
  EXPECT_EQ(plan.compute, 0.25);
  EXPECT_EQ(plan.slowness, (std::vector<double>{1.5, 1, 1, 4, 1, 1}));
  ASSERT_TRUE(plan.crash_of(2));
  EXPECT_EQ(plan.crash_of(2)->round, 5U);
  EXPECT_EQ(plan.crash_of(2)->restart_after, 1.5);
  EXPECT_FALSE(plan.crash_of(3));
  EXPECT_FALSE(plan_of("{compute: measured}").compute);
}

TEST(FaultPlan, NodesThatNoGroupNamesAreOneMore) {
  const FaultPlan plan = plan_of(
      "{partitions: [{from: 3, to: 4, seconds: 2, groups: [[0, 1], [2]]}, "
      "{from: 7, seconds: 1, groups: [[5]]}]}");
  ASSERT_EQ(plan.partitions.size(), 2U);
  const Partition& three = plan.partitions[0];
  EXPECT_EQ(three.outage, (Outage{.from = 3, .to = 4, .seconds = 2.0}));
  EXPECT_FALSE(three.separates(0, 1));
  EXPECT_TRUE(three.separates(1, 2));
  EXPECT_TRUE(three.separates(2, 3));
  EXPECT_FALSE(three.separates(3, 5));
  EXPECT_EQ(plan.partitions[1].outage, (Outage{.from = 7, .to = 7, .seconds = 1.0}));
}

TEST(FaultPlan, IsReadBackFromTheResolvedConfig) {
  const Config config =
      Config::parse(config_with("{compute: 0.1, stragglers: {1: 2}, links: {rate: 1e6, loss: 0.1}, "
                                "edges: {0-1: {delay: 1}, 1>2: {rate: 5}}, "
                                "partitions: [{from: 1, seconds: 1, groups: [[0, 1, 2]]}], "
                                "crashes: [{node: 1, round: 2, restart_after: 0}]}"),
                    "x.yaml");
  const Config again = Config::parse(config.yaml(), "x.yaml");
  EXPECT_EQ(again.root(), config.root()) << config.yaml();
}

TEST(FaultPlan, IsNoPartOfWhatPeersMustHaveInCommon) {
  const Experiment without = experiment_of(config_with(""));
  const Experiment with = experiment_of(config_with("{links: {loss: 0.5}}"));
  const Experiment other = experiment_of(config_with("{links: {loss: 0.4}}"));
  EXPECT_EQ(with.digest(), without.digest());
  EXPECT_EQ(with.digest(), other.digest());
  EXPECT_EQ(greeting_of(with), greeting_of(without));
  // But results have other seconds: a sweep must not take one run for the other.
  EXPECT_NE(with.config_digest(), without.config_digest());
  EXPECT_NE(with.config_digest(), other.config_digest());
}

TEST(FaultPlan, MistakesInOneValueHaveTheirPlace) {
  EXPECT_THAT(error_of("{links: {rate: 0}}"),
              StartsWith("test.yaml:5:18: faults.links.rate: found 0, allowed is a number of at "
                         "least 1"));
  EXPECT_THAT(error_of("{links: {loss: 1}}"), HasSubstr("in [0, 0.99]"));
  EXPECT_THAT(error_of("{links: {delay: -1}}"), HasSubstr("faults.links.delay: found -1"));
  EXPECT_THAT(error_of("{links: {rate: 100 Mbit}}"), HasSubstr("found 100 Mbit"));
  EXPECT_THAT(error_of("{links: {resend_after: 0}}"), HasSubstr("in [0.001, 1000000]"));
  EXPECT_THAT(error_of("{links: {lost: 1}}"), AllOf(HasSubstr("faults.links.lost: unknown key"),
                                                    HasSubstr("did you mean \"loss\"")));
  EXPECT_THAT(error_of("{edges: {0-1: {duplication: 2}}}"),
              HasSubstr("faults.edges.0-1.duplication: found 2, allowed is a number in [0, 1]"));
  EXPECT_THAT(error_of("{stragglers: {1: 0.5}}"), HasSubstr("faults.stragglers.1: found 0.5"));
  EXPECT_THAT(error_of("{compute: fast}"), HasSubstr("or measured"));
  EXPECT_THAT(error_of("{partitions: [{from: 1, groups: [[0]]}]}"),
              HasSubstr("faults.partitions.0.seconds: missing"));
  EXPECT_THAT(error_of("{crashes: [{node: 1, round: 1}]}"),
              HasSubstr("faults.crashes.0.restart_after: missing"));
  EXPECT_THAT(error_of(""), "");
}

TEST(FaultPlan, WhatDoesNotFitTheNetworkHasItsPlace) {
  EXPECT_THAT(error_of("{stragglers: {6: 2}}"),
              AllOf(StartsWith("test.yaml:5:23: faults.stragglers.6: "),
                    HasSubstr("found 6, allowed is a node's number, 0 to 5")));
  EXPECT_THAT(error_of("{stragglers: {three: 2}}"), HasSubstr("found three, allowed is a node's"));
  EXPECT_THAT(error_of("{stragglers: {03: 2}}"), HasSubstr("found 03, allowed is a node's"));
  EXPECT_THAT(error_of("{edges: {0-2: {}}}"),
              AllOf(StartsWith("test.yaml:5:"), HasSubstr("faults.edges.0-2: there is no edge "
                                                          "between 0 and 2; node 0 has edges to "
                                                          "1, 5")));
  EXPECT_THAT(error_of("{edges: {0-9: {}}}"), HasSubstr("found 9, allowed is a node's number"));
  EXPECT_THAT(error_of("{edges: {0: {}}}"), HasSubstr("unknown key. Allowed here: edges"));
  EXPECT_THAT(error_of("{edges: {0-: {}}}"), HasSubstr("unknown key. Allowed here: edges"));
  EXPECT_THAT(error_of("{edges: {0-1: {}, 1-0: {}}}"),
              HasSubstr("faults.edges.1-0: found beside 0-1, allowed is one of the two"));
  EXPECT_THAT(error_of("{crashes: [{node: 6, round: 1, restart_after: 1}]}"),
              HasSubstr("faults.crashes.0.node: found 6, allowed is a node's number, 0 to 5"));
  EXPECT_THAT(error_of("{crashes: [{node: 1, round: 1, restart_after: 1}, "
                       "{node: 1, round: 2, restart_after: 1}]}"),
              HasSubstr("faults.crashes.1.node: found 1 a second time"));
}

TEST(FaultPlan, WarnsOfWhatHasNoEffect) {
  const auto warnings_of = [](const std::string& faults) {
    return experiment_of(config_with(faults)).warnings();
  };
  EXPECT_THAT(warnings_of("{crashes: [{node: 1, round: 21, restart_after: 1}], "
                          "partitions: [{from: 30, seconds: 1, groups: [[0]]}], "
                          "stragglers: {1: 2}}"),
              ElementsAre(HasSubstr("one begins with round 30, and the run ends with round 20"),
                          HasSubstr("node 1 is to crash before round 21"),
                          HasSubstr("computing costs nothing")));
  EXPECT_THAT(warnings_of("{crashes: [{node: 1, round: 20, restart_after: 1}], "
                          "partitions: [{from: 20, to: 30, seconds: 1, groups: [[0]]}], "
                          "compute: measured, stragglers: {1: 2}}"),
              IsEmpty());
}

TEST(FaultPlan, PartitionsMustCutSomething) {
  EXPECT_THAT(error_of("{partitions: [{from: 5, to: 4, seconds: 1, groups: [[0]]}]}"),
              AllOf(StartsWith("test.yaml:5:33: faults.partitions.0.to: "),
                    HasSubstr("found 4, allowed is a round from 5 on")));
  EXPECT_THAT(error_of("{partitions: [{from: 1, seconds: 1, groups: [[0, 7]]}]}"),
              AllOf(StartsWith("test.yaml:5:58: faults.partitions.0.groups.0.1: "),
                    HasSubstr("found 7, allowed is a node's number")));
  EXPECT_THAT(error_of("{partitions: [{from: 1, seconds: 1, groups: [[0], [1, 0]]}]}"),
              HasSubstr("faults.partitions.0.groups.1.1: found 0 a second time"));
  EXPECT_THAT(error_of("{partitions: [{from: 1, seconds: 1, groups: [[0, 1, 2, 3, 4, 5]]}]}"),
              HasSubstr("there is nothing to cut"));
  EXPECT_THAT(error_of("{partitions: [{from: 1, seconds: 1, groups: []}]}"),
              HasSubstr("there is nothing to cut"));
}

}  // namespace
}  // namespace hearsay
