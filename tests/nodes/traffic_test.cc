#include "nodes/traffic.h"

#include <gtest/gtest.h>

#include "nodes/frame.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

RoundTraffic traffic_of(const std::string& topology, const std::string& algorithm) {
  return try_round(experiment_of("topology: " + topology +
                                 "\nobjective: {model: quadratic, dimension: 10}\n"
                                 "algorithm: " +
                                 algorithm + "\nrun: {rounds: 20, evaluate_every: 1}\n"))
      .value();
}

TEST(RoundTraffic, IsThatOfTheFirstRound) {
  const std::string ring = "{graph: ring, nodes: 4}";
  const RoundTraffic traffic = traffic_of(ring, "{name: dpsgd, learning_rate: 0.1}");
  EXPECT_EQ(traffic.rounds, 1U);
  EXPECT_EQ(traffic.all.links, 8U);
  EXPECT_EQ(traffic.all.least_bytes, kHeaderBytes + 40.0);
  EXPECT_EQ(traffic.all.most_bytes, kHeaderBytes + 40.0);
  EXPECT_EQ(traffic.all.wire_bytes, 8 * (kHeaderBytes + 40.0));
  EXPECT_EQ(traffic.all.ideal_bits, 8 * 320.0);
}

TEST(RoundTraffic, OfAStarIsUpAndDown) {
  const RoundTraffic traffic =
      traffic_of("{graph: star, workers: 3}",
                 "{name: spars-ams, learning_rate: 0.1, compressor: {name: top-k, k: 2}}");
  EXPECT_EQ(traffic.up.links, 3U);
  EXPECT_EQ(traffic.up.most_bytes, kHeaderBytes + 10.0);  // a form, a bitmap and two floats
  EXPECT_EQ(traffic.down.links, 3U);
  EXPECT_EQ(traffic.down.most_bytes, kHeaderBytes + 40.0);
  EXPECT_EQ(traffic.all.wire_bytes, traffic.up.wire_bytes + traffic.down.wire_bytes);
}

TEST(RoundTraffic, OfAChangingGraphIsTheMeanOfItsPeriod) {
  const RoundTraffic traffic =
      traffic_of("{graph: one-peer-exponential, nodes: 8}", "{name: dpsgd, learning_rate: 0.1}");
  EXPECT_EQ(traffic.rounds, 3U);
  EXPECT_EQ(traffic.all.links, 24U);
  EXPECT_NEAR(traffic.all.wire_bytes, 8 * (kHeaderBytes + 40.0), 1e-9);
}

TEST(RoundTraffic, OfEnormousRunsIsNotTried) {
  EXPECT_FALSE(
      try_round(experiment_of("topology: {graph: ring, nodes: 100}\n"
                              "objective: {model: quadratic, dimension: 600000}\n"
                              "algorithm: {name: dpsgd, learning_rate: 0.1}\n"
                              "run: {rounds: 2}\n")));
}

}  // namespace
}  // namespace hearsay
