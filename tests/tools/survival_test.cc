// Runs that are cut short and go on: from a checkpoint, after a kill, a pause or a restart by hand;
// always with the results of the undisturbed run, bit for bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/tools/ports.h"
#include "tests/tools/process.h"
#include "tests/tools/results.h"
#include "tests/tools/running.h"

namespace hearsay::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

constexpr int kFailed = 1;

struct Setting {
  std::string name;
  std::string topology;
  std::string objective;
  std::string algorithm;
  std::string more = {};  // sections
};

void PrintTo(const Setting& tested, std::ostream* out) {
  *out << tested.name;
}

const std::string kDigits = "model: softmax, data: digits, batch: 16";

std::vector<Setting> settings() {
  return {
      {"Ring", "graph: ring, nodes: 8", "model: mlp, hidden: [6], data: digits, batch: 16",
       "name: choco-amsgrad, gossip_step: 0.2, compressor: {name: top-k, ratio: 0.05}"},
      {"Star", "graph: star, workers: 7", kDigits, "name: cd-adam, compressor: scaled-sign"},
      {"Directed", "graph: directed-exponential, nodes: 6", kDigits, "name: sgp"},
      {"Tracking", "graph: torus, nodes: 9", kDigits,
       "name: beer, gossip_step: 0.2, compressor: {name: random-k, ratio: 0.3}"},
      {"SharedMemory", "graph: star, workers: 5", kDigits, "name: cd-adam, compressor: scaled-sign",
       "transport: {kind: shm}\n"},
      {"InPieces", "graph: ring, nodes: 4", "model: quadratic, dimension: 140000, noise: 0.1",
       "name: dpsgd"},
      {"InAdvance", "graph: ring, nodes: 4", "model: quadratic, dimension: 60000, noise: 0.1",
       "name: beer, gossip_step: 0.1, compressor: {name: top-k, ratio: 0.3}"},
      {"LongInSharedMemory", "graph: ring, nodes: 5", kDigits, "name: dpsgd",
       "transport: {kind: shm}\n"},
  };
}

class Survival : public ::testing::TestWithParam<Setting> {
 protected:
  std::string write(int rounds, const std::string& more = {}) const {
    const Setting& of = GetParam();
    return dir_.write(
        "run.yaml",
        "topology: {" + of.topology + "}\nobjective: {" + of.objective + "}\nalgorithm: {" +
            of.algorithm + ", learning_rate: 0.01}\nrun: {rounds: " + std::to_string(rounds) +
            ", evaluate_every: 20}\n" + "checkpoint: {every: 25, keep: 2}\n" + of.more + more);
  }

  Ended simulate(const Arguments& more) const {
    Arguments arguments = {"run", config_, "--simulate", "--threads", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  void expect_as_undisturbed(const std::string& folder) const {
    const Ended ended = simulate({"--out", dir_ / "undisturbed"});
    ASSERT_EQ(ended.status, 0) << ended.err;
    expect_same_results(dir_ / "undisturbed", folder);
  }

  TempDir dir_;
  std::string config_ = write(120);
};

INSTANTIATE_TEST_SUITE_P(Settings, Survival, ::testing::ValuesIn(settings()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(Survival, ALongerRunGoesOnFromAShorterOneInTheSimulator) {
  ASSERT_EQ(simulate({"--out", dir_ / "out", "--set", "run.rounds=73"}).status, 0);
  const Ended resumed = simulate({"--resume", dir_ / "out"});
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("goes on from the checkpoint after round 73\n"));
  expect_as_undisturbed(dir_ / "out");
}

TEST_P(Survival, ALongerRunGoesOnFromAShorterOneInProcesses) {
  const Ended first = run({"run", config_, "--out", dir_ / "out", "--set", "run.rounds=73"});
  ASSERT_EQ(first.status, 0) << first.err;
  const Ended resumed = run({"run", config_, "--resume", dir_ / "out"});
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("goes on from the checkpoint after round 73\n"));
  expect_as_undisturbed(dir_ / "out");
}

TEST_P(Survival, ATornCheckpointIsRefusedByNameAndTheOneBeforeIsUsed) {
  ASSERT_EQ(run({"run", config_, "--out", dir_ / "out", "--set", "run.rounds=75"}).status, 0);
  const std::string torn = dir_ / "out/checkpoints/node-002/round-000000075.ckpt";
  fs::resize_file(torn, fs::file_size(torn) / 2);
  const Ended resumed = run({"run", config_, "--resume", dir_ / "out"});
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_THAT(resumed.err, AllOf(HasSubstr("warning: node 2: checkpoint refused, an earlier one is "
                                           "used: " +
                                           torn + ": is cut short\n"),
                                 HasSubstr("goes on from the checkpoint after round 50\n")));
  expect_as_undisturbed(dir_ / "out");
}

class Waiting : public Survival {
 protected:
  Waiting() { config_ = write(kRounds, "on_peer_loss: wait\n"); }

  Process& start(const Arguments& more = {}) {
    Arguments arguments = {"run",        config_, "--out",
                           dir_ / "out", "--set", "transport.restart_backoff=0.01"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    launcher_ = std::make_unique<Process>(arguments);
    return *launcher_;
  }

  void signal(int node, int number) {
    std::optional<ProcessId> process;
    ASSERT_TRUE(eventually([&] { return (process = process_of(*launcher_, node)).has_value(); }));
    ASSERT_EQ(kill(process->pid, number), 0);
  }

  void expect_end(int recoveries) {
    ASSERT_EQ(launcher_->wait(), 0) << launcher_->err();
    EXPECT_THAT(read_file(dir_ / "out/summary.json"),
                HasSubstr("\"recoveries\": " + std::to_string(recoveries)));
    expect_as_undisturbed(dir_ / "out");
    EXPECT_TRUE(launcher_->children().empty());
  }

  static constexpr int kRounds = 3000;
  std::unique_ptr<Process> launcher_;
};

INSTANTIATE_TEST_SUITE_P(Settings, Waiting, ::testing::ValuesIn(settings()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(Waiting, NodesThatAreKilledOneAfterTheOtherChangeNothing) {
  start();
  ASSERT_TRUE(launcher_->wait_for(Stream::err, "round 100/"));
  signal(3, SIGKILL);
  ASSERT_TRUE(launcher_->wait_for(Stream::err, "was killed by signal 9 (Killed) after round "));
  ASSERT_TRUE(launcher_->wait_for(Stream::err, "goes on from the checkpoint after round "));
  ASSERT_TRUE(launcher_->wait_for(Stream::err, "round 600/"));
  signal(0, SIGKILL);  // the server, on the star
  ASSERT_TRUE(launcher_->wait_for(Stream::err, "round 1200/"));
  signal(1, SIGKILL);
  expect_end(3);
  EXPECT_THAT(launcher_->err(), HasSubstr("; it is started again (1 of 3)"));
}

TEST_P(Waiting, APausedNodeIsStartedAgain) {
  start({"--set", "transport.peer_timeout=" + kPeerTimeout});
  ASSERT_TRUE(launcher_->wait_for(Stream::err, "round 100/"));
  signal(2, SIGSTOP);
  ASSERT_TRUE(launcher_->wait_for(Stream::err, "warning: node 2 was lost after round "));
  expect_end(1);
}

TEST_P(Waiting, AShortPauseIsNoLoss) {
  start();
  ASSERT_TRUE(launcher_->wait_for(Stream::err, "round 100/"));
  signal(2, SIGSTOP);
  signal(2, SIGCONT);
  expect_end(0);
}

/// One ring, for what does not depend on the algorithm.
class Ring : public ::testing::Test {
 protected:
  std::string write(int rounds, const std::string& more) const {
    return dir_.write("ring.yaml",
                      "topology: {graph: ring, nodes: 4}\n"
                      "objective: {model: softmax, data: digits, batch: 16}\n"
                      "algorithm: {name: choco-amsgrad, learning_rate: 0.01, gossip_step: 0.3, "
                      "compressor: {name: top-k, ratio: 0.05}}\n"
                      "run: {rounds: " +
                          std::to_string(rounds) + ", evaluate_every: 20}\n" + more);
  }

  void expect_as_undisturbed(const std::string& config, const std::string& folder) const {
    const Ended ended = run({"run", config, "--simulate", "--out", dir_ / "undisturbed"});
    ASSERT_EQ(ended.status, 0) << ended.err;
    expect_same_results(dir_ / "undisturbed", folder);
  }

  TempDir dir_;
};

TEST_F(Ring, IsGivenUpWhenANodeKeepsDying) {
  const std::string config = write(1'000'000'000, "on_peer_loss: wait\ncheckpoint: {every: 20}\n");
  Process launcher({"run", config, "--out", dir_ / "out", "--set", "transport.restarts=1", "--set",
                    "transport.restart_backoff=0.01"});
  for (int k = 0; k < 2; ++k) {
    ASSERT_TRUE(eventually([&] {
      return read_table(dir_ / "out/metrics.csv").size() > 3 && process_of(launcher, 1);
    }));
    kill(process_of(launcher, 1)->pid, SIGKILL);
    if (k == 0) {
      ASSERT_TRUE(launcher.wait_for(Stream::err, "goes on from the checkpoint"));
    }
  }
  EXPECT_EQ(launcher.wait(), kFailed);
  EXPECT_THAT(launcher.err(), HasSubstr("it has been started again 1 times (transport.restarts)"));
}

TEST_F(Ring, WithoutCheckpointsBeginsAnew) {
  const std::string config = write(2000, "on_peer_loss: wait\n");
  Process launcher({"run", config, "--out", dir_ / "out"});
  ASSERT_TRUE(launcher.wait_for(Stream::err, "round 100/"));
  kill(process_of(launcher, 1)->pid, SIGKILL);
  ASSERT_TRUE(launcher.wait_for(Stream::err, "goes on from the checkpoint after round 0\n"));
  EXPECT_EQ(launcher.wait(), 0);
  expect_as_undisturbed(config, dir_ / "out");
}

TEST_F(Ring, MakesCheckpointsByTheClock) {
  const std::string config = write(3000, "checkpoint: {seconds: 0.05, keep: 2}\n");
  const Ended ended = run({"run", config, "--out", dir_ / "out"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  // All nodes have the same ones.
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(dir_ / "out/checkpoints/node-000"))
    names.push_back(entry.path().filename().string());
  EXPECT_GE(names.size(), 2U);
  for (const std::string& name : names)
    EXPECT_TRUE(fs::exists(dir_ / ("out/checkpoints/node-003/" + name))) << name;
  expect_as_undisturbed(config, dir_ / "out");
}

TEST_F(Ring, StoppedByTheUserGoesOnWhereItStopped) {
  // Not over before the signal comes.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  constexpr int kRounds = 2000;
#else
  constexpr int kRounds = 20'000;
#endif
  const std::string config = write(kRounds, "checkpoint: {every: 1000}\n");
  Process launcher({"run", config, "--out", dir_ / "out"});
  ASSERT_TRUE(launcher.wait_for(Stream::err, "round 60/"));
  launcher.signal(SIGINT);
  EXPECT_EQ(launcher.wait(), 130);
  const std::string stopped = read_table(dir_ / "out/metrics.csv").back().front();
  const Ended resumed = run({"run", config, "--resume", dir_ / "out"});
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("goes on from the checkpoint after round " + stopped + "\n"));
  expect_as_undisturbed(config, dir_ / "out");
}

TEST_F(Ring, HasNothingToResume) {
  const std::string config = write(40, "checkpoint: {every: 10}\n");
  const Ended nowhere = run({"run", config, "--resume", dir_ / "none"});
  EXPECT_EQ(nowhere.status, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("there is no metrics.csv of a run"));
  ASSERT_EQ(run({"run", config, "--out", dir_ / "out"}).status, 0);
  const Ended done = run({"run", config, "--resume", dir_ / "out"});
  EXPECT_EQ(done.status, kFailed);
  EXPECT_THAT(done.err, HasSubstr("all 40 rounds are done; --set run.rounds=N runs more"));
  const Ended other = run({"run", config, "--resume", dir_ / "out", "--set", "seed=2"});
  EXPECT_EQ(other.status, kFailed);
  EXPECT_THAT(other.err, AllOf(HasSubstr("is of another experiment"),
                               HasSubstr("no checkpoint that all nodes have")));
}

TEST_F(Ring, AFullDiskUnderTheCheckpointsIsWarnedOfAndTheRunGoesOn) {
  const std::string config = write(60, "checkpoint: {every: 20}\n");
  fs::create_directories(dir_ / "out");
  std::ofstream(dir_ / "out/checkpoints") << "no folder";
  const Ended ended = run({"run", config, "--out", dir_ / "out"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("no checkpoint after round 20: "));
  expect_as_undisturbed(config, dir_ / "out");
}

/// on_peer_loss: reweight.
class Reweighting : public ::testing::Test {
 protected:
  Process& start(const std::string& topology, const std::string& algorithm,
                 const Arguments& more = {}) {
    const std::string config = dir_.write(
        "run.yaml", "topology: {" + topology +
                        "}\nobjective: {model: softmax, data: digits, batch: 16}\n" +
                        "algorithm: {learning_rate: 0.01, " + algorithm +
                        "}\nrun: {rounds: 3000, evaluate_every: 100}\non_peer_loss: reweight\n" +
                        "transport: {restart_backoff: 0.01}\n");
    Arguments arguments = {"run", config, "--out", out()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    launcher_ = std::make_unique<Process>(arguments);
    EXPECT_TRUE(launcher_->wait_for(Stream::err, "round 200/")) << launcher_->err();
    return *launcher_;
  }
  void kill_node(int node) { kill(process_of(*launcher_, node)->pid, SIGKILL); }
  std::string out() const { return dir_ / "out"; }

  /// Rounds go on and traffic never shrinks.
  void expect_sound_metrics() const {
    const Table metrics = read_table(out() + "/metrics.csv");
    ASSERT_EQ(metrics.size(), 1 + 31U);
    for (std::size_t row = 2; row < metrics.size(); ++row) {
      EXPECT_GT(std::stoull(metrics[row].at(0)), std::stoull(metrics[row - 1].at(0)));
      EXPECT_GE(std::stoull(metrics[row].at(8)), std::stoull(metrics[row - 1].at(8)));
    }
    EXPECT_GT(last_metric(out(), "test_accuracy"), 0.9);
  }
  std::size_t last_rows_of_nodes() const {
    std::size_t rows = 0;
    for (const auto& row : read_table(out() + "/nodes.csv")) rows += row.at(0) == "3000" ? 1 : 0;
    return rows;
  }

  TempDir dir_;
  std::unique_ptr<Process> launcher_;
};

const std::string kChoco =
    "name: choco-amsgrad, gossip_step: 0.2, compressor: {name: top-k, ratio: 0.05}";

TEST_F(Reweighting, TheOthersGoOnWithoutALostNode) {
  start("graph: ring, nodes: 6", kChoco, {"--set", "transport.restarts=0"});
  kill_node(2);
  ASSERT_EQ(launcher_->wait(), 0) << launcher_->err();
  EXPECT_THAT(
      launcher_->err(),
      ContainsRegex("warning: node 2 .process [0-9]+. was killed by signal 9 .Killed. after "
                    "round [0-9]+; the others go on without it\n"));
  expect_sound_metrics();
  EXPECT_EQ(last_rows_of_nodes(), 5U);
}

TEST_F(Reweighting, ALostNodeIsLetInAgain) {
  start("graph: ring, nodes: 6",
        "name: beer, gossip_step: 0.2, compressor: {name: top-k, ratio: 0.2}");
  kill_node(4);
  ASSERT_TRUE(
      launcher_->wait_for(Stream::err, "node 4 is back; all go on from the mean of the others"));
  ASSERT_EQ(launcher_->wait(), 0) << launcher_->err();
  expect_sound_metrics();
  EXPECT_EQ(last_rows_of_nodes(), 6U);
}

TEST_F(Reweighting, AServerAveragesTheWorkersThatAreLeft) {
  start("graph: star, workers: 4", "name: cd-adam, compressor: scaled-sign",
        {"--set", "transport.restarts=0"});
  kill_node(1);
  ASSERT_EQ(launcher_->wait(), 0) << launcher_->err();
  expect_sound_metrics();
  EXPECT_EQ(last_rows_of_nodes(), 4U) << "the server and three workers";
  EXPECT_EQ(last_metric(out(), "consensus_error"), 0.0) << "cd-adam's workers are all alike";
}

TEST_F(Reweighting, AWorkerThatIsLetInAgainIsLikeTheOthers) {
  start("graph: star, workers: 4", "name: cd-adam, compressor: scaled-sign");
  kill_node(3);
  ASSERT_TRUE(
      launcher_->wait_for(Stream::err, "node 3 is back; all go on from the mean of the others"));
  ASSERT_EQ(launcher_->wait(), 0) << launcher_->err();
  expect_sound_metrics();
  EXPECT_EQ(last_metric(out(), "consensus_error"), 0.0) << "moments and all";
}

TEST_F(Reweighting, WithoutItsServerAStarEnds) {
  start("graph: star, workers: 4", "name: cd-adam, compressor: scaled-sign");
  kill_node(0);
  EXPECT_EQ(launcher_->wait(), kFailed);
  EXPECT_THAT(launcher_->err(), HasSubstr("run failed: node 0, the server, was lost"));
}

TEST_F(Reweighting, APartitionIsReported) {
  start("graph: path, nodes: 5", kChoco);
  kill_node(2);
  EXPECT_EQ(launcher_->wait(), kFailed);
  EXPECT_THAT(launcher_->err(), HasSubstr("run failed: node 2 was lost, and without it the graph "
                                          "falls apart: {0, 1} and {3, 4}"));
}

TEST_F(Reweighting, IsRefusedWhereItCannotBe) {
  const auto refused = [&](const std::string& topology, const std::string& algorithm) {
    const std::string config =
        dir_.write("refused.yaml", "topology: {" + topology +
                                       "}\nobjective: {model: softmax, data: digits}\n" +
                                       "algorithm: {learning_rate: 0.01, " + algorithm +
                                       "}\nrun: {rounds: 3}\non_peer_loss: reweight\n");
    const Ended ended = run({"run", config, "--simulate", "--out", dir_ / "refused"});
    EXPECT_EQ(ended.status, 2);
    return ended.err;
  };
  EXPECT_THAT(
      refused("graph: directed-ring, nodes: 4", "name: sgp"),
      HasSubstr("refused.yaml:5:1: on_peer_loss: found reweight on the graph directed-ring"));
  EXPECT_THAT(refused("graph: star, workers: 3",
                      "name: 1bit-adam, compressor: scaled-sign, warmup_rounds: 2"),
              HasSubstr("on_peer_loss: found reweight with 1bit-adam, which cannot begin anew"));
}

/// Peers started by hand, each with a folder of its own, as on hosts of their own.
class PeersByHand : public Ring {
 protected:
  void configure(const std::string& policy, int rounds) {
    port_ = free_ports(5);
    config_ = write(rounds, "on_peer_loss: " + policy + "\ncheckpoint: {every: 50}\ntransport: " +
                                "{base_port: " + std::to_string(port_) +
                                ", peer_timeout: " + kPeerTimeout + "}\n");
  }
  Process& start(int node) {
    const std::string id = std::to_string(node);
    peers_[node] = std::make_unique<Process>(
        Arguments{"peer", config_, "--node", id, "--out", dir_ / ("host-" + id)});
    return *peers_[node];
  }

  int port_ = 0;
  std::string config_;
  std::map<int, std::unique_ptr<Process>> peers_;
};

TEST_F(PeersByHand, APeerThatIsStartedAgainIsTakenBack) {
  configure("wait", 4000);
  for (const int node : {2, 0, 3, 1}) start(node);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "round 200/"));
  peers_[2]->signal(SIGKILL);
  EXPECT_EQ(peers_[2]->wait(), 128 + SIGKILL);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "cannot be reached; waiting for it to come back"));
  start(2);
  for (const auto& [node, peer] : peers_) EXPECT_EQ(peer->wait(), 0) << node << peer->err();
  EXPECT_THAT(peers_[0]->err(), HasSubstr("goes on from the checkpoint after round "));
  expect_as_undisturbed(config_, dir_ / "host-0");
}

TEST_F(PeersByHand, APeerThatIsStartedAgainAtOnceIsTakenBack) {
  configure("wait", 4000);
  for (const int node : {2, 0, 3, 1}) start(node);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "round 200/"));
  peers_[3]->signal(SIGKILL);
  EXPECT_EQ(peers_[3]->wait(), 128 + SIGKILL);
  start(3);
  for (const auto& [node, peer] : peers_) EXPECT_EQ(peer->wait(), 0) << node << peer->err();
  expect_as_undisturbed(config_, dir_ / "host-0");
}

TEST_F(PeersByHand, APausedPeerIsTakenBackWhenItGoesOn) {
  configure("wait", 4000);
  for (const int node : {0, 1, 2, 3}) start(node);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "round 200/"));
  peers_[1]->signal(SIGSTOP);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "cannot be reached; waiting for it to come back"));
  peers_[1]->signal(SIGCONT);
  for (const auto& [node, peer] : peers_) EXPECT_EQ(peer->wait(), 0) << node << peer->err();
  expect_as_undisturbed(config_, dir_ / "host-0");
}

TEST_F(PeersByHand, UnderReweightAPausedPeerIsDroppedAndLetInAgain) {
  configure("reweight", 6000);
  for (const int node : {0, 1, 2, 3}) start(node);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "round 200/"));
  peers_[1]->signal(SIGSTOP);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "cannot be reached; the others go on without it"));
  peers_[1]->signal(SIGCONT);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "node 1 is back"));
  for (const auto& [node, peer] : peers_) EXPECT_EQ(peer->wait(), 0) << node << peer->err();
  EXPECT_GT(last_metric(dir_ / "host-0", "test_accuracy"), 0.85);
}

TEST_F(PeersByHand, APeerThatPausesWhileAllBeginAnewIsNoticedToo) {
  configure("wait", 4000);
  for (const int node : {0, 1, 2, 3}) start(node);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "round 200/"));
  peers_[3]->signal(SIGKILL);
  ASSERT_TRUE(peers_[1]->wait_for(Stream::err, "joins again, incarnation 2"));
  peers_[1]->signal(SIGSTOP);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "node 1 was lost")) << peers_[0]->err();
  peers_[1]->signal(SIGCONT);
  EXPECT_EQ(peers_[3]->wait(), 128 + SIGKILL);
  start(3);
  for (const auto& [node, peer] : peers_) EXPECT_EQ(peer->wait(), 0) << node << peer->err();
  expect_as_undisturbed(config_, dir_ / "host-0");
}

TEST_F(PeersByHand, UnderReweightAPeerThatNeverReturnsIsLostOnce) {
  configure("reweight", 15'000);
  for (const int node : {0, 1, 2, 3}) start(node);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "round 200/"));
  peers_[1]->signal(SIGKILL);
  for (const int node : {0, 2, 3}) EXPECT_EQ(peers_[node]->wait(), 0) << peers_[node]->err();
  EXPECT_THAT(read_file(dir_ / "host-0/summary.json"), HasSubstr("\"recoveries\": 1"));
}

TEST_F(PeersByHand, UnderFailADeadPeerIsNamedAndAllEnd) {
  configure("fail", 1'000'000'000);
  for (const int node : {0, 1, 2, 3}) start(node);
  ASSERT_TRUE(peers_[0]->wait_for(Stream::err, "round 200/"));
  peers_[2]->signal(SIGKILL);
  for (const int node : {0, 1, 3}) EXPECT_EQ(peers_[node]->wait(), kFailed) << node;
  EXPECT_THAT(
      peers_[0]->err(),
      ContainsRegex("run failed: node 2 was lost after round [0-9]+: it cannot be reached"));
  EXPECT_THAT(peers_[3]->err(), HasSubstr("the run was ended: node 2 was lost after round "));
}

}  // namespace
}  // namespace hearsay::testing
