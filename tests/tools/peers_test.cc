// Nodes started by hand with `hearsay peer`, one command each, as on hosts that something else
// starts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "tests/tools/ports.h"
#include "tests/tools/process.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr int kNodes = 4;
constexpr int kFailed = 1;
constexpr int kBadUsage = 2;
constexpr int kInterrupted = 130;

class Peers : public ::testing::Test {
 protected:
  Peers() : port_(free_ports(kNodes + 1)) { config_ = write(with_base_port(), 40); }

  std::string with_base_port() const { return "base_port: " + std::to_string(port_); }

  std::string write(const std::string& transport, int rounds) {
    return dir_.write("peers.yaml",
                      "topology: {graph: ring, nodes: 4}\n"
                      "objective: {model: softmax, data: digits, batch: 16}\n"
                      "algorithm: {name: choco-amsgrad, learning_rate: 0.01, gossip_step: 0.3, "
                      "compressor: {name: top-k, ratio: 0.05}}\n"
                      "run: {rounds: " +
                          std::to_string(rounds) + ", evaluate_every: 10}\ntransport: {" +
                          transport + "}\n");
  }

  Process& start(const std::string& node, const Arguments& more = {},
                 const Process::Options& options = {}) {
    Arguments arguments = {"peer", config_, "--node", node, "--out", dir_ / "out"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    peers_.push_back(std::make_unique<Process>(arguments, options));
    return *peers_.back();
  }

  void expect_all_end_with(int status) {
    for (const auto& peer : peers_) EXPECT_EQ(peer->wait(), status) << peer->err();
  }

  void expect_simulated_results() {
    const Ended simulated = run({"run", config_, "--simulate", "--out", dir_ / "simulated"});
    ASSERT_EQ(simulated.status, 0) << simulated.err;
    expect_same_results(dir_ / "simulated", dir_ / "out");
  }

  TempDir dir_;
  int port_;
  std::string config_;
  std::vector<std::unique_ptr<Process>> peers_;
};

TEST_F(Peers, StartedInReverseOrderGiveTheSimulatedResults) {
  for (const char* node : {"3", "2", "1", "0"}) start(node);
  expect_all_end_with(0);
  expect_simulated_results();
}

TEST_F(Peers, StartedWithTheCollectorFirstGiveTheSimulatedResults) {
  for (const char* node : {"0", "2", "1", "3"}) start(node);
  expect_all_end_with(0);
  expect_simulated_results();
}

TEST_F(Peers, FindEachOtherByAddresses) {
  const auto at = [&](int k) { return "localhost:" + std::to_string(port_ + k); };
  config_ = write("addresses: {0: " + at(4) + ", 1: " + at(1) + ", 2: " + at(0) + ", 3: " + at(2) +
                      ", collector: " + at(3) + "}",
                  15);
  for (const char* node : {"1", "0", "3", "2"}) start(node);
  expect_all_end_with(0);
  expect_simulated_results();
}

TEST_F(Peers, TakeTheirNumberFromTheirStarter) {
  const std::vector<std::string> names = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
                                          "SLURM_PROCID"};
  for (std::size_t k = 0; k < names.size(); ++k)
    start("auto", {},
          {.environment = {{names[k], std::to_string(k)}}, .directory = {}, .terminal = false});
  expect_all_end_with(0);
  expect_simulated_results();
}

TEST_F(Peers, WithAnotherConfigAreRefusedWithBothDigests) {
  Process& collector = start("0");
  for (const char* node : {"1", "3"})
    ASSERT_TRUE(start(node).wait_for(Stream::err, "has joined and waits for the others"));
  start("2", {"--set", "seed=2"});
  expect_all_end_with(kFailed);
  for (const auto& told : peers_)
    EXPECT_THAT(
        told->err(),
        AllOf(HasSubstr(
                  "node 2 belongs to another experiment: the digest of its resolved config is "),
              ContainsRegex("config is [0-9a-f]+, here it is [0-9a-f]+;"),
              HasSubstr("the same YAML file and the same --set overrides")));
  const std::string& message = collector.err();
  const std::size_t at = message.find("config is ");
  const std::size_t here = message.find("here it is ");
  ASSERT_NE(here, std::string::npos);
  EXPECT_NE(message.substr(at + 10, 16), message.substr(here + 11, 16));
}

TEST_F(Peers, OfAnotherModelAreRefusedWithBothDimensions) {
  Process& collector = start("0");
  start("1", {"--set", "objective={model: mlp, hidden: [4], data: digits, batch: 16}"});
  expect_all_end_with(kFailed);
  EXPECT_THAT(
      collector.err(),
      HasSubstr(
          "node 1 belongs to another experiment: its model dimension is 310, here it is 650"));
}

TEST_F(Peers, ThatClaimTheSameNumberAreNamedWithTheirAddresses) {
  Process& collector = start("0");
  ASSERT_TRUE(start("1").wait_for(Stream::err, "node 1 has joined"));
  const std::string other = "127.0.0.1:" + std::to_string(port_ + 3);
  start("1", {"--set", "transport.addresses={1: \"" + other + "\"}"});
  EXPECT_EQ(collector.wait(), kFailed);
  EXPECT_THAT(
      collector.err(),
      AllOf(HasSubstr("two peers say that they are node 1: one listens on "), HasSubstr(other)));
}

TEST_F(Peers, ThatNeverComeAreNamedAtTheStartDeadline) {
  const Arguments patience = {"--set", "transport.start_deadline=1.5"};
  Process& collector = start("0", patience);
  Process& one = start("1", patience);
  expect_all_end_with(kFailed);
  for (Process* told : {&collector, &one})
    EXPECT_THAT(told->err(),
                HasSubstr("node(s) 2, 3 have not joined within 1.5 s (transport.start_deadline)"));
}

TEST_F(Peers, AreInterruptedAtOnceBeforeTheFirstRound) {
  Process& collector = start("0");
  Process& one = start("1");
  Process& two = start("2", {"--set", "transport.addresses={collector: \"127.0.0.1:1\"}"});
  ASSERT_TRUE(one.wait_for(Stream::err, "node 1 has joined"));
  ASSERT_TRUE(two.wait_for(Stream::err, "node 2 listens on "));
  for (Process* peer : {&two, &one}) {
    peer->signal(SIGINT);
    EXPECT_EQ(peer->wait(), kInterrupted);
    EXPECT_THAT(peer->err(), HasSubstr("stopped before the first round"));
  }
  EXPECT_EQ(collector.wait(), kFailed);
  EXPECT_THAT(collector.err(),
              HasSubstr("node 1 failed before round 1: stopped before the first round"));
}

TEST_F(Peers, WithoutACollectorSayWhereTheyLookedForIt) {
  const Process& lone = start("2", {"--set", "transport.start_deadline=0.5"});
  expect_all_end_with(kFailed);
  EXPECT_THAT(lone.err(),
              HasSubstr("node 2 failed: no answer from the collector at tcp://127.0.0.1:" +
                        std::to_string(port_ + kNodes)));
}

TEST_F(Peers, SayTheirNumberAndAddressOnStderr) {
  Process& lone = start("3");
  EXPECT_TRUE(
      lone.wait_for(Stream::err, "node 3 listens on tcp://127.0.0.1:" + std::to_string(port_ + 3)));
  EXPECT_EQ(lone.out(), "");
}

TEST_F(Peers, OutOfRangeAreRefused) {
  for (const char* node : {"4", "-1", "x", "1x", "", "99999999999999999999"}) {
    const Ended ended = run({"peer", config_, "--node", node});
    EXPECT_EQ(ended.status, kBadUsage) << node;
    EXPECT_THAT(ended.err, HasSubstr("allowed is a number from 0 to 3, or auto")) << node;
  }
}

TEST_F(Peers, WithoutAStarterAreToldWhatAutoLooksFor) {
  const Ended ended = run({"peer", config_, "--node", "auto"});
  EXPECT_EQ(ended.status, kBadUsage);
  EXPECT_THAT(ended.err,
              HasSubstr("none of OMPI_COMM_WORLD_RANK, PMIX_RANK, PMI_RANK, SLURM_PROCID is set"));
}

TEST_F(Peers, WithoutAddressesAreToldWhatToGive) {
  config_ = write("kind: tcp", 10);
  const Ended ended = run({"peer", config_, "--node", "1"});
  EXPECT_EQ(ended.status, kBadUsage);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("peers.yaml:"), HasSubstr("base_port")));
}

class EndlessPeers : public Peers {
 protected:
  void start_all(const std::string& round_deadline = "20") {
    config_ = write(with_base_port() + ", round_deadline: " + round_deadline, 100'000'000);
    for (const char* node : {"0", "1", "2", "3"}) start(node);
    ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "round 20/")) << peers_[0]->err();
  }
};

TEST_F(EndlessPeers, AllStopAfterTheSameRoundWhenOneIsInterrupted) {
  start_all();
  peers_[2]->signal(SIGINT);
  EXPECT_EQ(peers_[0]->wait(), kInterrupted) << peers_[0]->err();
  for (std::size_t k = 1; k < peers_.size(); ++k) EXPECT_TRUE(peers_[k]->wait()) << k;
  const std::string round = read_table(dir_ / "out/metrics.csv").back().at(0);
  for (std::size_t k = 1; k < peers_.size(); ++k)
    EXPECT_THAT(peers_[k]->err(), HasSubstr("is done after round " + round)) << k;
}

TEST_F(EndlessPeers, AllStopInOrderWhenAllAreInterrupted) {
  start_all();
  // A starter such as mpirun passes its own signal on to everyone; that is one wish, not four.
  for (std::size_t k = peers_.size(); k-- > 0;) peers_[k]->signal(SIGTERM);
  EXPECT_EQ(peers_[0]->wait(), kInterrupted) << peers_[0]->err();
  for (std::size_t k = 1; k < peers_.size(); ++k) EXPECT_TRUE(peers_[k]->wait()) << k;
  EXPECT_THAT(read_file(dir_ / "out/summary.json"), HasSubstr("\"interrupted\": true"));
}

TEST_F(EndlessPeers, ASecondSignalEndsAPeerAtOnce) {
  start_all();
  // A stopped node keeps the orderly stop from coming to its end.
  peers_[1]->signal(SIGSTOP);
  peers_[3]->signal(SIGINT);
  ASSERT_TRUE(peers_[3]->wait_for(Stream::err, "node 3 asks the collector to stop the run"));
  peers_[3]->signal(SIGINT);
  EXPECT_EQ(peers_[3]->wait(), kInterrupted);
  EXPECT_EQ(peers_[0]->wait(), kFailed);
  EXPECT_THAT(peers_[0]->err(), HasSubstr("stopped at once by a second signal"));
}

TEST_F(EndlessPeers, AllEndWhenOneIsLost) {
  start_all("1");
  peers_[1]->signal(SIGKILL);
  EXPECT_EQ(peers_[1]->wait(), 128 + SIGKILL);
  for (const std::size_t k : {0U, 2U, 3U}) {
    EXPECT_EQ(peers_[k]->wait(), kFailed) << k;
    // By its silence in a round, or by its connection, whichever is noticed first.
    EXPECT_THAT(peers_[k]->err(), AnyOf(ContainsRegex("waited 1 s in round [0-9]+ for node"),
                                        HasSubstr("node 1 was lost after round ")))
        << k;
  }
}

}  // namespace
}  // namespace hearsay::testing
