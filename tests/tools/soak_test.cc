// Processes that are killed and paused at random, under every policy, on a ring and on a star: no
// run hangs, leaves a process behind or ends with results that are not whole. HEARSAY_SOAK=N does N
// times as much.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "tests/tools/process.h"
#include "tests/tools/results.h"
#include "tests/tools/running.h"

namespace hearsay::testing {
namespace {

using ::testing::AnyOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

struct Place {
  std::string name;
  std::string topology;
  int nodes;
  std::string algorithm;
  bool asynchronous = false;
};

void PrintTo(const Place& place, std::ostream* out) {
  *out << place.name;
}

std::vector<Place> places() {
  const std::string choco =
      "name: choco-amsgrad, gossip_step: 0.15, compressor: {name: top-k, ratio: 0.05}";
  const std::string cd_adam = "name: cd-adam, compressor: scaled-sign";
  return {{"Ring8", "graph: ring, nodes: 8", 8, choco},
          {"Ring16", "graph: ring, nodes: 16", 16, choco},
          {"Star8", "graph: star, workers: 7", 8, cd_adam},
          {"Star16", "graph: star, workers: 15", 16, cd_adam},
          {"Async8", "graph: ring, nodes: 8", 8, "name: async-" + choco.substr(6), true},
          {"Pairs8", "graph: complete, nodes: 8", 8, "name: ad-psgd", true}};
}

int times() {
  const char* value = std::getenv("HEARSAY_SOAK");
  return value == nullptr ? 1 : std::max(1, std::atoi(value));
}

class Soak : public ::testing::TestWithParam<Place> {
 protected:
  Arguments arguments(const std::string& policy, const std::string& out) const {
    const std::string checkpoint =
        GetParam().asynchronous ? "" : "checkpoint: {every: 40, keep: 2}\n";
    const std::string config = dir_.write(
        "soak.yaml", "topology: {" + GetParam().topology +
                         "}\nobjective: {model: softmax, data: digits, batch: 16}\nalgorithm: {" +
                         GetParam().algorithm +
                         ", learning_rate: 0.01}\nrun: {rounds: 1500, evaluate_every: 50}\n" +
                         checkpoint + "on_peer_loss: " + policy + "\ntransport: {peer_timeout: " +
                         kPeerTimeout + ", restart_backoff: 0.01, restarts: 1000}\n");
    return {"run", config, "--out", out};
  }

  /// Kills, pauses or briefly pauses some node, wherever the run is by then. False when none runs.
  bool strike(const Process& launcher) {
    const auto victim = process_of(launcher, static_cast<int>(random_() % GetParam().nodes));
    if (!victim) return false;
    switch (random_() % 3) {
      case 0:
        kill(victim->pid, SIGKILL);
        break;
      case 1:
        kill(victim->pid, SIGSTOP);  // until it is taken for lost
        break;
      default:
        kill(victim->pid, SIGSTOP);
        kill(victim->pid, SIGCONT);
        return true;
    }
    return true;
  }

  /// Until the run has got on by some rows since the last strike, or has ended.
  void let_it_get_on(const Process& launcher, const std::string& out, std::size_t rows) const {
    const std::size_t before = read_table(out + "/metrics.csv").size();
    eventually([&] {
      return launcher.children().empty() ||
             read_table(out + "/metrics.csv").size() >= before + rows;
    });
  }

  void expect_nobody_left(const Process& launcher) const {
    EXPECT_TRUE(launcher.children().empty());
  }

  TempDir dir_;
  std::mt19937 random_{20261126};  // NOLINT: the same strikes each time
};

INSTANTIATE_TEST_SUITE_P(Places, Soak, ::testing::ValuesIn(places()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(Soak, UnderWaitTheEndIsThatOfTheUndisturbedRun) {
  if (GetParam().asynchronous) GTEST_SKIP() << "has no checkpoints to go back to";
  Arguments undisturbed = arguments("wait", dir_ / "undisturbed");
  undisturbed.emplace_back("--simulate");
  ASSERT_EQ(run(undisturbed).status, 0);
  for (int k = 0; k < times(); ++k) {
    const std::string out = dir_ / ("wait-" + std::to_string(k));
    Process launcher(arguments("wait", out));
    ASSERT_TRUE(launcher.wait_for(Stream::err, "round 50/")) << launcher.err();
    for (int strikes = 0; strikes < 4 && strike(launcher); ++strikes)
      let_it_get_on(launcher, out, 2);
    ASSERT_EQ(launcher.wait(), 0) << launcher.err();
    expect_same_results(dir_ / "undisturbed", out);
    expect_nobody_left(launcher);
  }
}

TEST_P(Soak, UnderReweightItEndsInOrderOrSaysWhatFellApart) {
  for (int k = 0; k < times(); ++k) {
    const std::string out = dir_ / ("reweight-" + std::to_string(k));
    Process launcher(arguments("reweight", out));
    ASSERT_TRUE(launcher.wait_for(Stream::err, "round 50/")) << launcher.err();
    for (int strikes = 0; strikes < 3 && strike(launcher); ++strikes)
      let_it_get_on(launcher, out, 2);
    const auto status = launcher.wait();
    ASSERT_TRUE(status) << "it hangs: " << launcher.err();
    if (*status == 0) {
      EXPECT_GT(last_metric(out, "test_accuracy"), 0.75);
    } else {
      EXPECT_THAT(launcher.err(), AnyOf(HasSubstr("without it the graph falls apart"),
                                        HasSubstr("node 0, the server, was lost")));
    }
    expect_nobody_left(launcher);
  }
}

TEST_P(Soak, UnderFailItEndsWithTheNameOfTheNode) {
  for (int k = 0; k < times(); ++k) {
    const std::string out = dir_ / ("fail-" + std::to_string(k));
    Process launcher(arguments("fail", out));
    ASSERT_TRUE(launcher.wait_for(Stream::err, "round 50/")) << launcher.err();
    const int victim = static_cast<int>(random_() % GetParam().nodes);
    const auto process = process_of(launcher, victim);
    ASSERT_TRUE(process);
    kill(process->pid, k % 2 == 0 ? SIGKILL : SIGSTOP);
    const auto status = launcher.wait();
    ASSERT_TRUE(status) << "it hangs: " << launcher.err();
    if (*status != 0) {  // else it was over before the signal came
      EXPECT_THAT(launcher.err(), ContainsRegex("run failed: node " + std::to_string(victim) +
                                                " .*(was killed by "
                                                "signal 9|was lost after round)"));
    }
    expect_nobody_left(launcher);
  }
}

}  // namespace
}  // namespace hearsay::testing
