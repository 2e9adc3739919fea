// Sizes: tens of processes on one host, a thousand nodes in the simulator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/tools/process.h"
#include "tests/tools/results.h"
#include "tests/tools/running.h"

namespace hearsay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class Scale : public ::testing::Test {
 protected:
  std::string config(const std::string& topology) {
    return dir_.write("large.yaml",
                      "topology: {" + topology +
                          "}\n"
                          "objective: {model: quadratic, dimension: 10, noise: 0.1}\n"
                          "algorithm: {name: choco-sgd, learning_rate: 0.05, gossip_step: auto, "
                          "compressor: {name: top-k, k: 3}}\n"
                          "run: {rounds: 20, evaluate_every: 10}\n");
  }

  TempDir dir_;
};

TEST_F(Scale, SixtyFourProcessesOnARingGiveTheSimulatedResults) {
  const std::string file = config("graph: ring, nodes: 64");
  const Ended real = run({"run", file, "--out", dir_ / "real"});
  ASSERT_EQ(real.status, 0) << real.err;
  const Ended simulated = run({"run", file, "--simulate", "--out", dir_ / "simulated"});
  ASSERT_EQ(simulated.status, 0) << simulated.err;
  expect_same_results(dir_ / "real", dir_ / "simulated");
}

TEST_F(Scale, SixtyFourProcessesStopInOrder) {
  EndlessRun endless({}, "graph: ring, nodes: 64");
  ASSERT_THAT(endless.started(), SizeIs(64));
  endless.process().signal(SIGINT);
  EXPECT_EQ(endless.process().wait(), 130) << endless.process().err();
  expect_orderly_end(endless.out());
  EXPECT_TRUE(endless.all_nodes_gone());
}

TEST_F(Scale, AThousandSimulatedNodesTrain) {
  for (const char* topology :
       {"graph: ring, nodes: 1000", "graph: random-regular, nodes: 1000, degree: 4"}) {
    const std::string out = dir_ / std::string(topology).substr(7, 4);
    const Ended ended = run({"run", config(topology), "--simulate", "--out", out});
    ASSERT_EQ(ended.status, 0) << ended.err;
    const Table metrics = read_table(out + "/metrics.csv");
    EXPECT_LT(last_metric(out, "train_loss"), std::stod(metrics.at(1).at(3))) << topology;
    EXPECT_EQ(read_table(out + "/nodes.csv").size(), 1U + 3 * 1000U);
  }
}

}  // namespace
}  // namespace hearsay::testing
