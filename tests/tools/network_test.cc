// Peers on two hosts, and links between them that go down and come back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/hosts.h"
#include "tests/tools/process.h"
#include "tests/tools/results.h"
#include "tests/tools/running.h"

namespace hearsay::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kNodes = 4;

/// A ring whose nodes sit on the two hosts in turn, so that every frame crosses the link.
class Network : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!hosts_.good()) GTEST_SKIP() << hosts_.why();
  }

  void start(const std::string& policy, int rounds,
             const std::string& problem =
                 "objective: {model: softmax, data: digits, batch: 16}\n"
                 "algorithm: {name: choco-amsgrad, learning_rate: 0.01, gossip_step: 0.3, "
                 "compressor: {name: top-k, ratio: 0.05}}\n") {
    std::string addresses;
    for (int node = 0; node < kNodes; ++node)
      addresses += std::to_string(node) + ": '" + TwoHosts::frames_address(node % 2) + ":" +
                   std::to_string(5600 + node) + "', ";
    config_ = dir_.write("ring.yaml", "topology: {graph: ring, nodes: 4}\n" + problem +
                                          "run: {rounds: " + std::to_string(rounds) +
                                          ", evaluate_every: 20}\n"
                                          "checkpoint: {every: 50}\n"
                                          "on_peer_loss: " +
                                          policy + "\ntransport: {peer_timeout: " + kPeerTimeout +
                                          ", addresses: {" + addresses + "collector: '" +
                                          TwoHosts::control_address(0) + ":5700'}}\n");
    for (int node = 0; node < kNodes; ++node) {
      const std::string id = std::to_string(node);
      peers_.push_back(std::make_unique<Process>(
          Arguments{"ip", "netns", "exec", hosts_.name(node % 2), HEARSAY_COMMAND, "peer", config_,
                    "--node", id, "--out", dir_ / ("host-" + id)},
          Process::Options{
              .environment = {}, .directory = {}, .terminal = false, .program = "/usr/bin/env"}));
    }
    ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "round 100/")) << peers_[0]->err();
  }

  void expect_undisturbed_end() {
    for (const auto& peer : peers_) ASSERT_EQ(peer->wait(), 0) << peer->err();
    const Ended simulated = run({"run", config_, "--simulate", "--out", dir_ / "simulated"});
    ASSERT_EQ(simulated.status, 0) << simulated.err;
    expect_same_results(dir_ / "simulated", dir_ / "host-0");
  }

  nlohmann::json summary() const {
    return nlohmann::json::parse(read_file(dir_ / "host-0/summary.json"));
  }

  TempDir dir_;
  TwoHosts hosts_;
  std::string config_;
  std::vector<std::unique_ptr<Process>> peers_;
};

TEST_F(Network, FramesThatADeadLinkSwallowedAreSentAgain) {
  start("fail", 3000);
  hosts_.set_frames_link(false);
  ASSERT_TRUE(eventually([&] { return hosts_.connections_on_frames_link() == 0; }));
  hosts_.set_frames_link(true);
  expect_undisturbed_end();
  EXPECT_GT(summary()["reconnections"], 0);
  EXPECT_GT(summary()["resent_frames"], 0);
  EXPECT_EQ(summary()["recoveries"], 0);
}

TEST_F(Network, BytesThatWentInAdvanceAreSentAgainWithTheirFrame) {
  start("fail", 800,
        "objective: {model: quadratic, dimension: 60000, noise: 0.1}\n"
        "algorithm: {name: beer, learning_rate: 0.01, gossip_step: 0.1, compressor: {name: top-k, "
        "ratio: 0.3}}\n");
  hosts_.set_frames_link(false);
  ASSERT_TRUE(eventually([&] { return hosts_.connections_on_frames_link() == 0; }));
  hosts_.set_frames_link(true);
  expect_undisturbed_end();
  EXPECT_GT(summary()["reconnections"], 0);
  EXPECT_EQ(summary()["recoveries"], 0);
}

TEST_F(Network, AHostThatIsCutOffIsTakenBack) {
  start("wait", 3000);
  hosts_.set_frames_link(false);
  hosts_.set_control_link(false);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "cannot be reached; waiting for it to come back"));
  hosts_.set_frames_link(true);
  hosts_.set_control_link(true);
  expect_undisturbed_end();
  EXPECT_GT(summary()["recoveries"], 0);
}

}  // namespace
}  // namespace hearsay::testing
