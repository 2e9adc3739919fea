// Faults of the config in real processes: the trajectory of the simulator, on links that are as
// slow as they are told to be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/process.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kRing =
    "name: slow\n"
    "topology: {graph: ring, nodes: 4}\n"
    "objective: {model: softmax, data: digits, batch: 16}\n"
    "algorithm: {name: choco-amsgrad, learning_rate: 0.01, gossip_step: 0.2, "
    "compressor: {name: top-k, ratio: 0.05}}\n"
    "run: {rounds: 20, evaluate_every: 8}\n";

const std::string kStar =
    "name: slow\n"
    "topology: {graph: star, workers: 3}\n"
    "objective: {model: softmax, data: digits, batch: 16}\n"
    "algorithm: {name: cd-adam, learning_rate: 0.01, compressor: scaled-sign}\n"
    "run: {rounds: 20, evaluate_every: 8}\n";

class SlowLinks : public ::testing::Test {
 protected:
  /// Runs the config into a folder of that name; the command must succeed.
  std::string run_into(const std::string& name, const std::string& yaml,
                       const Arguments& more = {}) {
    Arguments arguments = {"run", dir_.write(name + ".yaml", yaml), "--out", dir_ / name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 0) << ended.err;
    return dir_ / name;
  }

  static nlohmann::json summary(const std::string& folder) {
    return nlohmann::json::parse(read_file(folder + "/summary.json"));
  }

  TempDir dir_;
};

class SlowLinksOf : public SlowLinks, public ::testing::WithParamInterface<std::string> {};

INSTANTIATE_TEST_SUITE_P(Networks, SlowLinksOf, ::testing::Values(kRing, kStar));

TEST_P(SlowLinksOf, ChangeNothingButTheSeconds) {
  const std::string faults =
      "faults: {compute: 0.001, stragglers: {1: 3}, edges: {0-1: {rate: 1e6}}, "
      "links: {rate: 1e7, delay: 0.001, jitter: 0.003, loss: 0.1, duplication: 0.2, "
      "resend_after: 0.005}, "
      "partitions: [{from: 5, to: 6, seconds: 0.05, groups: [[0]]}]}\n";
  const std::string undisturbed = run_into("undisturbed", GetParam(), {"--simulate"});
  const std::string simulated = run_into("simulated", GetParam() + faults, {"--simulate"});
  const std::string real = run_into("real", GetParam() + faults);
  expect_same_results(undisturbed, simulated);
  expect_same_results(undisturbed, real);
  EXPECT_EQ(summary(simulated).at("seconds_are"), "virtual");
  EXPECT_EQ(summary(real).at("seconds_are"), "measured");
  EXPECT_FALSE(summary(undisturbed).contains("seconds_are"));
  // Two rounds of a partition.
  EXPECT_GE(last_metric(simulated, "seconds"), 0.1);
  EXPECT_GE(last_metric(real, "seconds"), 0.1);
}

TEST_F(SlowLinks, OfProcessesLoseAndDoubleWhatTheSimulatorDoes) {
  const std::string yaml =
      kRing + "faults: {links: {loss: 0.3, duplication: 0.3, resend_after: 0.002}}\n";
  const std::string simulated = run_into("simulated", yaml, {"--simulate"});
  const std::string real = run_into("real", yaml);
  for (const char* key :
       {"retransmitted_frames", "retransmitted_bytes", "duplicate_frames", "duplicate_bytes"}) {
    EXPECT_EQ(summary(simulated).at(key), summary(real).at(key)) << key;
    EXPECT_GT(summary(real).at(key), 0) << key;
  }
  // Doubled frames are recognised, and are nothing to worry about.
  EXPECT_TRUE(summary(real).at("refused").empty());
  std::uint64_t dropped = 0;
  for (int node = 0; node < 4; ++node) {
    const std::string log = read_file(real + "/logs/node-00" + std::to_string(node) + ".log");
    EXPECT_THAT(log, Not(HasSubstr("warning")));
    const std::string before = "has dropped ";
    const std::size_t at = log.find(before);
    ASSERT_NE(at, std::string::npos) << log;
    dropped += std::stoull(log.substr(at + before.size()));
  }
  // Those of a last frame may come when its receiver has gone.
  EXPECT_LE(dropped, summary(real).at("duplicate_frames"));
  EXPECT_GE(dropped + 8, summary(real).at("duplicate_frames"));
}

TEST_F(SlowLinks, TakeTheTimeThatTheirFramesTake) {
  // A dense message of 650 parameters: 2664 bytes, 20 times, at 1 Mbit/s.
  const std::string yaml =
      "topology: {graph: ring, nodes: 4}\n"
      "objective: {model: softmax, data: digits, batch: 16}\n"
      "algorithm: {name: dpsgd, learning_rate: 0.01}\n"
      "run: {rounds: 20, evaluate_every: 20}\n"
      "faults: {links: {rate: 1e6}}\n";
  const double wire = 20 * 8 * (64 + 4 * 650) / 1e6;
  EXPECT_NEAR(last_metric(run_into("simulated", yaml, {"--simulate"}), "seconds"), wire, 1e-6);
  EXPECT_GE(last_metric(run_into("real", yaml), "seconds"), wire - 1e-6);
}

TEST_F(SlowLinks, LetAStragglerHoldUpTheOthers) {
  // A gradient over all digits takes some tenths of a millisecond, and the straggler a thousand
  // times as long.
  const std::string yaml =
      "name: slow\n"
      "topology: {graph: ring, nodes: 3}\n"
      "objective: {model: softmax, data: digits}\n"
      "algorithm: {name: dpsgd, learning_rate: 0.01}\n"
      "run: {rounds: 3, evaluate_every: 3}\n";
  const std::string even = run_into("even", yaml);
  const std::string uneven = run_into("uneven", yaml + "faults: {stragglers: {1: 1000}}\n");
  expect_same_results(even, uneven);
  EXPECT_GT(last_metric(uneven, "seconds"), 3 * last_metric(even, "seconds"));
}

TEST_F(SlowLinks, AreTriedByTheReadyConfig) {
  const std::string config = std::string(HEARSAY_CONFIGS) + "/slow-links.yaml";
  const Arguments few = {"run", config, "--set", "run.rounds=10", "--set", "run.evaluate_every=5"};
  Arguments real = few;
  real.insert(real.end(), {"--out", dir_ / "real"});
  Arguments simulated = few;
  simulated.insert(simulated.end(), {"--simulate", "--out", dir_ / "simulated"});
  ASSERT_EQ(run(real).status, 0);
  ASSERT_EQ(run(simulated).status, 0);
  std::size_t runs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_ / "simulated")) {
    if (!entry.is_directory()) continue;
    ++runs;
    expect_same_results(entry.path(), dir_.path() / "real" / entry.path().filename());
  }
  EXPECT_EQ(runs, 2U);
}

}  // namespace
}  // namespace hearsay::testing
