// The contract of the framework: one config, one trajectory, whether the nodes are processes over
// ZeroMQ or objects in the simulator, and on however many threads.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "tests/tools/process.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

struct Case {
  std::string name;
  std::string topology;
  std::string objective;
  std::string algorithm;
  std::string rounds;

  std::string yaml() const {
    const bool trains = algorithm.find("name: choco-gossip") == std::string::npos &&
                        algorithm.find("name: gossip") == std::string::npos;
    return "topology: {" + topology + "}\nobjective: {" + objective + "}\nalgorithm: {" +
           algorithm + (trains ? ", learning_rate: 0.01" : "") + "}\nrun: {rounds: " + rounds +
           ", evaluate_every: 5}\n";
  }
};

const std::string kDigits = "model: softmax, data: digits, batch: 16";
/// Two groups of layers, of more than a million coordinates each.
const std::string kLarge = "model: mlp, hidden: [1100, 1000, 1100], data: digits, batch: 16";
const std::string kNoisy = "model: quadratic, dimension: 257, noise: 0.1";

void PrintTo(const Case& tested, std::ostream* out) {
  *out << tested.yaml();
}

std::vector<Case> cases() {
  return {
      {"RingChocoAmsgradTopK", "graph: ring, nodes: 5", kDigits,
       "name: choco-amsgrad, compressor: {name: top-k, ratio: 0.05}, gossip_step: auto", "23"},
      {"EvaluatedOnSomeRows", "graph: ring, nodes: 3", kDigits, "name: dpsgd",
       "11, evaluate_rows: 40, test_rows: 50"},
      {"TorusMlpScaledSign", "graph: torus, nodes: 9",
       "model: mlp, hidden: [8], data: digits, batch: 16",
       "name: choco-amsgrad, compressor: scaled-sign, gossip_step: 0.3", "11"},
      {"StarCdAdam", "graph: star, workers: 4", kDigits, "name: cd-adam, compressor: scaled-sign",
       "21"},
      {"StarSparsAms", "graph: star, workers: 3", kDigits,
       "name: spars-ams, compressor: {name: top-k, ratio: 0.1}", "21"},
      {"StarDistAmsgrad", "graph: star, workers: 3",
       "model: logistic, data: {name: synthetic, rows: 120}", "name: dist-amsgrad", "20"},
      {"RingDpsgd", "graph: ring, nodes: 4", kDigits, "name: dpsgd", "20"},
      {"ErdosRenyiChocoSgd", "graph: erdos-renyi, nodes: 6, probability: 0.5",
       "model: softmax, data: digits, partition: label-sorted, batch: 16",
       "name: choco-sgd, compressor: {name: uniform, bits: 4}, gossip_step: 0.4", "20"},
      {"RingChocoGossip", "graph: ring, nodes: 6", "model: quadratic, dimension: 500",
       "name: choco-gossip, compressor: {name: top-k, ratio: 0.1}, gossip_step: auto", "30"},
      {"RandomK", "graph: complete, nodes: 4", kNoisy,
       "name: choco-sgd, compressor: {name: random-k, ratio: 0.1}, gossip_step: 0.2", "25"},
      {"Uniform", "graph: path, nodes: 3", kNoisy,
       "name: choco-amsgrad, compressor: {name: uniform, bits: 3}, gossip_step: 0.5", "25"},
      {"BlockSign", "graph: star, workers: 3", kNoisy, "name: spars-ams, compressor: block-sign",
       "25"},
      {"Qsgd", "graph: ring, nodes: 4", kDigits,
       "name: choco-amsgrad, compressor: qsgd, gossip_step: auto", "20"},
      {"TopKByLayer", "graph: star, workers: 3", "model: mlp, hidden: [8], data: digits, batch: 16",
       "name: comp-ams, compressor: {name: top-k, ratio: 0.05, scope: layer}", "22"},
      {"TopKWithAFloor", "graph: ring, nodes: 4",
       "model: mlp, hidden: [8], data: digits, batch: 16",
       "name: choco-amsgrad, compressor: {name: top-k, ratio: 0.02, floor: 2}, gossip_step: 0.1",
       "12"},
      {"RandomKOfTwoVectors", "graph: ring, nodes: 4",
       "model: mlp, hidden: [8], data: digits, batch: 16",
       "name: beer, compressor: {name: random-k, ratio: 0.1}, gossip_step: 0.1", "12"},
      {"Natural", "graph: star, workers: 3", kDigits, "name: cd-adam, compressor: natural", "20"},
      {"TernGrad", "graph: star, workers: 3", kDigits, "name: spars-ams, compressor: terngrad",
       "20"},
      {"TopKQuantized", "graph: ring, nodes: 4", kNoisy,
       "name: choco-sgd, compressor: {name: top-k-quantized, ratio: 0.2}, gossip_step: 0.3", "25"},
      {"LowRank", "graph: ring, nodes: 4", "model: mlp, hidden: [16], data: digits, batch: 16",
       "name: choco-amsgrad, compressor: {name: low-rank, rank: 2}, gossip_step: auto", "15"},
      {"Identity", "graph: hypercube, nodes: 8",
       "model: least-squares, data: {name: synthetic, rows: 200}",
       "name: choco-sgd, compressor: identity, gossip_step: 1", "15"},
      {"StarCompAmsLocalSteps", "graph: star, workers: 3", kDigits,
       "name: comp-ams, compressor: block-sign, local_steps: 3, local_learning_rate: 0.05", "15"},
      {"StarQadam", "graph: star, workers: 3", kDigits,
       "name: qadam, compressor: {name: uniform, bits: 4}", "20"},
      {"StarQadamTwoWayLocalSteps", "graph: star, workers: 3", kDigits,
       "name: qadam, compressor: {name: uniform, bits: 4}, downlink: quantized, local_steps: 2",
       "20"},
      {"StarNaiveAmsgrad", "graph: star, workers: 3", kNoisy,
       "name: naive-amsgrad, compressor: scaled-sign", "20"},
      {"StarEfAmsgrad", "graph: star, workers: 3", kNoisy,
       "name: ef-amsgrad, compressor: {name: random-k, ratio: 0.2}", "20"},
      {"StarEf21", "graph: star, workers: 3", kDigits,
       "name: ef21, compressor: {name: top-k, ratio: 0.1}, momentum: 0.5", "20"},
      {"StarEf21TwoWay", "graph: star, workers: 3", kDigits,
       "name: ef21, compressor: {name: top-k, ratio: 0.1}, downlink: markov", "20"},
      {"StarEfSgdLocalSteps", "graph: star, workers: 4", kDigits,
       "name: ef-sgd, compressor: scaled-sign, local_steps: 4", "12"},
      {"StarOnebitAdam", "graph: star, workers: 3", kDigits,
       "name: 1bit-adam, compressor: scaled-sign, warmup_rounds: 8", "22"},
      {"StarZeroOneAdam", "graph: star, workers: 3", kDigits,
       "name: zero-one-adam, compressor: scaled-sign, kappa: 2, sync_rounds: 6, "
       "doubling_rounds: 4, max_interval: 8",
       "63"},
      {"StarSignsgd", "graph: star, workers: 4", kDigits, "name: signsgd, momentum: 0.9", "20"},
      {"StarCada1", "graph: star, workers: 3", kNoisy,
       "name: cada, rule: cada1, threshold: 5, max_delay: 6", "25"},
      {"StarCada2", "graph: star, workers: 3", kDigits,
       "name: cada, rule: cada2, threshold: 100, max_delay: 8", "25"},
      {"DpsgdThatAdaptsFirstOnBase", "graph: base, nodes: 5", kDigits,
       "name: dpsgd, order: adapt-then-combine, local_steps: 2", "14"},
      {"OnePeerExponentialDadam", "graph: one-peer-exponential, nodes: 4", kDigits, "name: dadam",
       "14"},
      {"RingDamsgrad", "graph: ring, nodes: 4", kDigits, "name: damsgrad, epsilon: 0.001", "14"},
      {"RandomMatchingDeepSqueeze", "graph: random-matching, nodes: 5", kNoisy,
       "name: deepsqueeze, compressor: scaled-sign, gossip_step: 0.02", "20"},
      {"DirectedExponentialDsgt", "graph: directed-exponential, nodes: 5", kDigits, "name: dsgt",
       "14"},
      {"RingBeer", "graph: ring, nodes: 4", kDigits,
       "name: beer, compressor: {name: top-k, ratio: 0.1}, gossip_step: 0.2", "14"},
      {"TorusTrackedAmsgrad", "graph: torus, nodes: 6", kDigits,
       "name: tracked-amsgrad, compressor: {name: random-k, ratio: 0.2}, gossip_step: 0.1", "14"},
      {"RingDocom", "graph: ring, nodes: 4", kDigits,
       "name: docom, beta: 0.1, compressor: qsgd, gossip_step: 0.2", "14"},
      {"PathD2", "graph: path, nodes: 4, mixing: lazy-metropolis", kDigits, "name: d2", "14"},
      {"RingExactDiffusion", "graph: ring, nodes: 4", kDigits, "name: exact-diffusion", "14"},
      {"ArcsSgp", "graph: arcs, arcs: [[0, 1], [1, 2], [2, 0], [0, 2], [2, 3], [3, 0]]", kDigits,
       "name: sgp, momentum: 0.5", "14"},
      {"OnePeerExponentialSgp", "graph: one-peer-exponential, nodes: 6", kDigits, "name: sgp",
       "14"},
      {"RingPowerGossip", "graph: ring, nodes: 4",
       "model: mlp, hidden: [8], data: digits, batch: 16",
       "name: powergossip, rank: 2, iterations: 3, local_steps: 2", "12"},
      {"StarDistAmsgradMedian", "graph: star, workers: 5", kDigits,
       "name: dist-amsgrad, aggregation: median", "20"},
      {"StarEfSgdTrimmedMean", "graph: star, workers: 5", kDigits,
       "name: ef-sgd, compressor: scaled-sign, aggregation: {name: trimmed-mean, fraction: 0.2}, "
       "local_steps: 2",
       "14"},
      {"StarQadamCenteredClipping", "graph: star, workers: 4", kDigits,
       "name: qadam, compressor: {name: uniform, bits: 4}, aggregation: {name: "
       "centered-clipping, radius: 2, iterations: 3}",
       "20"},
      {"RingDpsgdClippedGossip", "graph: ring, nodes: 5", kDigits,
       "name: dpsgd, aggregation: {name: clipped-gossip, radius: 0.05}", "20"},
      {"CompleteDadamAdaptiveClippedGossip", "graph: complete, nodes: 5", kDigits,
       "name: dadam, order: adapt-then-combine, aggregation: {name: clipped-gossip, radius: "
       "adaptive, byzantine: 2}",
       "14"},
      {"DirectedExponentialDpsgdMedian", "graph: directed-exponential, nodes: 6", kDigits,
       "name: dpsgd, order: adapt-then-combine, aggregation: median", "14"},
      {"TorusDadamTrimmedMean", "graph: torus, nodes: 9", kDigits,
       "name: dadam, aggregation: {name: trimmed-mean, count: 2}", "12"},
      {"ChocoAmsgradGossipedMoment", "graph: ring, nodes: 4", kDigits,
       "name: choco-amsgrad, second_moment: gossiped, compressor: {name: top-k, ratio: 0.1}, "
       "gossip_step: 0.2",
       "14"},
      {"ChocoAmsgradFrozenMoment", "graph: star, nodes: 4", kDigits,
       "name: choco-amsgrad, second_moment: frozen, warmup_rounds: 4, local_steps: 2, "
       "compressor: scaled-sign, gossip_step: 0.2",
       "14"},
      {"RandomRegularGossip", "graph: random-regular, degree: 4, nodes: 7",
       "model: quadratic, dimension: 300", "name: gossip, gossip_step: 0.6", "13"},
      {"BaseGossip", "graph: base, nodes: 6", "model: quadratic, dimension: 300", "name: gossip",
       "14"},
      {"GossipInPieces", "graph: ring, nodes: 3", "model: quadratic, dimension: 300001",
       "name: gossip, gossip_step: 0.6", "6"},
      {"DpsgdInPieces", "graph: directed-exponential, nodes: 4",
       "model: quadratic, dimension: 262144", "name: dpsgd", "6"},
      {"DadamInPieces", "graph: ring, nodes: 3", "model: quadratic, dimension: 140000",
       "name: dadam, order: adapt-then-combine", "6"},
      {"RingTopKByLayerInAdvance", "graph: ring, nodes: 3", kLarge,
       "name: choco-amsgrad, compressor: {name: top-k, ratio: 0.05, scope: layer}, gossip_step: "
       "0.1",
       "6"},
      {"StarBlockSignInAdvance", "graph: star, workers: 3", kLarge,
       "name: comp-ams, compressor: block-sign", "6"},
      {"RingLowRankInAdvance", "graph: ring, nodes: 3", kLarge,
       "name: choco-amsgrad, compressor: {name: low-rank, rank: 8}, gossip_step: 0.1", "6"},
      {"RingBeerInAdvance", "graph: ring, nodes: 4", "model: quadratic, dimension: 70000",
       "name: beer, compressor: {name: random-k, ratio: 0.3}, gossip_step: 0.1", "6"},
      {"OneNodeZeroOneAdam", "graph: complete, nodes: 1", kDigits,
       "name: zero-one-adam, compressor: scaled-sign, sync_rounds: 6, doubling_rounds: 4", "20"},
      {"OneNode", "graph: complete, nodes: 1", kDigits,
       "name: spars-ams, compressor: {name: top-k, ratio: 0.05}", "20"},
  };
}

class Contract : public ::testing::TestWithParam<Case> {
 protected:
  /// Runs the config into the folder `name`; the command must succeed.
  std::string run_into(const std::string& name, const std::string& config, const Arguments& more) {
    Arguments arguments = {"run", config, "--out", dir_ / name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 0) << ended.err;
    return dir_ / name;
  }

  TempDir dir_;
};

TEST_P(Contract, ProcessesAndSimulatorGiveTheSameResults) {
  const std::string config = dir_.write("case.yaml", GetParam().yaml());
  const std::string simulated = run_into("simulated", config, {"--simulate", "--threads", "1"});
  expect_same_results(simulated, run_into("tcp", config, {}));
  expect_same_results(simulated, run_into("threads", config, {"--simulate", "--threads", "3"}));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, Contract, ::testing::ValuesIn(cases()),
                         [](const auto& tested) { return tested.param.name; });

class ContractOfOneCase : public Contract {};

TEST_P(ContractOfOneCase, UnixSocketsChangeNothing) {
  const std::string config = dir_.write("case.yaml", GetParam().yaml());
  expect_same_results(run_into("simulated", config, {"--simulate"}),
                      run_into("ipc", config, {"--set", "transport.kind=ipc"}));
}

TEST_P(ContractOfOneCase, SharedMemoryChangesNothing) {
  const std::string config = dir_.write("case.yaml", GetParam().yaml());
  expect_same_results(run_into("simulated", config, {"--simulate"}),
                      run_into("shm", config, {"--set", "transport.kind=shm"}));
}

TEST_P(ContractOfOneCase, TheWrittenConfigReproducesTheRun) {
  const std::string config = dir_.write("case.yaml", GetParam().yaml());
  const std::string first = run_into("first", config, {"--simulate", "--set", "seed=7"});
  const std::string again = run_into("again", first + "/config.yaml", {});
  expect_same_results(first, again);
  EXPECT_EQ(read_file(first + "/config.yaml"), read_file(again + "/config.yaml"));
  EXPECT_EQ(read_file(first + "/topology.json"), read_file(again + "/topology.json"));
}

TEST_P(ContractOfOneCase, ARunStartsFromTheModelThatAnotherHasLeft) {
  const std::string config = dir_.write("case.yaml", GetParam().yaml());
  const std::string first = run_into("first", config, {"--simulate"});
  // A path in a config is relative to the config's folder.
  const Arguments start = {"--set", "objective.start=first/model.safetensors"};
  const std::string simulated =
      run_into("simulated", config, {start[0], start[1], "--simulate", "--threads", "2"});
  expect_same_results(simulated, run_into("tcp", config, start));
  expect_same_results(simulated, run_into("again", simulated + "/config.yaml", {"--simulate"}));
  const auto row = [](const std::string& folder, std::size_t round) {
    const Table table = read_table(folder + "/metrics.csv");
    return table.at(round == 0 ? 1 : table.size() - 1);
  };
  const auto at_the_mean = [](const std::vector<std::string>& cells) {
    return std::vector<std::string>{cells.at(3), cells.at(4), cells.at(6)};
  };
  EXPECT_EQ(at_the_mean(row(simulated, 0)), at_the_mean(row(first, 23)));
}

TEST_P(ContractOfOneCase, AnotherSeedGivesAnotherTrajectory) {
  const std::string config = dir_.write("case.yaml", GetParam().yaml());
  const std::string one = run_into("one", config, {"--simulate"});
  const std::string two = run_into("two", config, {"--simulate", "--set", "seed=2"});
  EXPECT_NE(without_seconds(read_table(one + "/metrics.csv")),
            without_seconds(read_table(two + "/metrics.csv")));
}

INSTANTIATE_TEST_SUITE_P(Ring, ContractOfOneCase, ::testing::Values(cases().front()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace hearsay::testing
