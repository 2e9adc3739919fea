// The results' folder: where it is, what is in it, and that nothing is overwritten.
#include "tests/tools/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/tools/process.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kBadUsage = 2;

class Results : public ::testing::Test {
 protected:
  Ended run_here(const Arguments& more = {}) {
    Arguments arguments = {"run", config_, "--simulate"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments,
               {.environment = {}, .directory = dir_.path().string(), .terminal = false});
  }

  TempDir dir_;
  std::string config_ = dir_.write("small.yaml",
                                   "name: a/b c\n"
                                   "topology: {graph: path, nodes: 2}\n"
                                   "objective: {model: quadratic, dimension: 3}\n"
                                   "algorithm: {name: dpsgd, learning_rate: 0.1}\n"
                                   "run: {rounds: 4, evaluate_every: 2}\n");
};

TEST_F(Results, GoToAFreeFolderNamedAfterTheRun) {
  EXPECT_THAT(run_here().out, HasSubstr("\nresults  runs/a-b-c\n"));
  EXPECT_THAT(run_here().out, HasSubstr("\nresults  runs/a-b-c-2\n"));
  expect_same_results(dir_ / "runs/a-b-c", dir_ / "runs/a-b-c-2");
}

TEST_F(Results, TellWhatIsSentOfEachLayer) {
  const std::string text =
      "topology: {graph: star, workers: 2}\n"
      "objective: {model: mlp, hidden: [8], data: digits, batch: 16}\n"
      "algorithm: {name: naive-amsgrad, learning_rate: 0.01, compressor: {name: top-k, k: 4}}\n"
      "run: {rounds: 6, evaluate_every: 3}\n";
  const std::string config = dir_.write("layers.yaml", text);
  const auto run_with = [&](const std::string& out, const Arguments& more) {
    Arguments arguments = {"run", config, "--simulate", "--out", dir_ / out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 0) << ended.err;
    return ended;
  };
  EXPECT_THAT(run_with("global", {}).err,
              AllOf(HasSubstr("warning: nothing sent of layer"), HasSubstr("layer0.bias")));
  EXPECT_THAT(read_file(dir_ / "global/summary.json"), HasSubstr("nothing sent of layer"));
  const Table starved = read_table(dir_ / "global/layers.csv");
  EXPECT_THAT(starved[0],
              ElementsAre("round", "layer", "size", "sent_fraction", "never_sent", "oldest_age"));
  ASSERT_EQ(starved.size(), 1U + 2 * 4);
  EXPECT_THAT(starved[6], ElementsAre("6", "layer0.bias", "8", "0", "1", "6"));

  EXPECT_THAT(run_with("layer", {"--set", "algorithm.compressor.scope=layer"}).err,
              Not(HasSubstr("warning")));
  const Table fed = read_table(dir_ / "layer/layers.csv");
  EXPECT_EQ(fed[6][3], "0.125");

  run_with("signs", {"--set", "algorithm.compressor=scaled-sign"});
  EXPECT_FALSE(std::filesystem::exists(dir_ / "signs/layers.csv"));
}

TEST_F(Results, HaveTheColumnsThatAreDocumented) {
  ASSERT_EQ(run_here({"--out", "out"}).status, 0);
  const Table metrics = read_table(dir_ / "out/metrics.csv");
  ASSERT_EQ(metrics.size(), 4U);
  EXPECT_THAT(metrics[0],
              ElementsAre("round", "epoch", "seconds", "train_loss", "grad_norm", "consensus_error",
                          "test_accuracy", "ideal_bits", "wire_bytes", "residual_ratio",
                          "markov_error", "never_sent", "oldest_age", "staleness", "most_stale"));
  EXPECT_EQ(metrics[1][0] + metrics[2][0] + metrics[3][0], "024");
  EXPECT_EQ(metrics[3][6], "") << "no test rows, no accuracy";
  // 4 rounds of 3 dense numbers on 2 directed links.
  EXPECT_EQ(metrics[3][7], std::to_string(4 * 2 * 3 * 32));
  EXPECT_THAT(read_table(dir_ / "out/edges.csv")[0],
              ElementsAre("from", "to", "frames", "ideal_bits", "wire_bytes"));
  for (const char* file :
       {"config.yaml", "topology.json", "nodes.csv", "model.safetensors", "summary.json"})
    EXPECT_TRUE(std::filesystem::exists(dir_ / ("out/" + std::string(file)))) << file;
}

TEST_F(Results, PhasesOfProcessesAreTheirTrainingTime) {
  const std::string config = dir_.write(
      "phases.yaml",
      "topology: {graph: ring, nodes: 3}\nobjective: {model: softmax, data: digits, batch: 64}\n"
      "algorithm: {name: choco-amsgrad, learning_rate: 0.01, gossip_step: 0.3, "
      "compressor: {name: top-k, ratio: 0.1}}\nrun: {rounds: 60, evaluate_every: 20}\n"
      "checkpoint: {every: 20}\n");
  ASSERT_EQ(run({"run", config, "--out", dir_ / "out"}).status, 0);
  // Going on adds to what was spent before.
  ASSERT_EQ(run({"run", config, "--resume", dir_ / "out", "--set", "run.rounds=80"}).status, 0);
  const Table phases = read_table(dir_ / "out/phases.csv");
  const Table nodes = read_table(dir_ / "out/nodes.csv");
  EXPECT_THAT(phases[0],
              ElementsAre("round", "node", "compute", "compress", "decode", "mix", "wait"));
  ASSERT_EQ(phases.size(), nodes.size());
  for (std::size_t row = 1; row < phases.size(); ++row) {
    double sum = 0.0;
    for (std::size_t k = 2; k < 7; ++k) {
      sum += std::stod(phases[row][k]);
      if (row > 3) {
        EXPECT_GT(std::stod(phases[row][k]), std::stod(phases[row - 3][k])) << row << " " << k;
      }
    }
    EXPECT_NEAR(sum, std::stod(nodes[row][3]), 5e-6) << row;  // six digits each
  }
  ASSERT_EQ(run({"run", config, "--simulate", "--out", dir_ / "simulated"}).status, 0);
  EXPECT_THAT(read_table(dir_ / "simulated/phases.csv").back().back(), IsEmpty());
}

TEST_F(Results, LastRowIsTheSumOfTheTrafficOfTheEdges) {
  ASSERT_EQ(run_here({"--out", "out"}).status, 0);
  const Table edges = read_table(dir_ / "out/edges.csv");
  double bits = 0;
  double bytes = 0;
  for (std::size_t row = 1; row < edges.size(); ++row) {
    bits += std::stod(edges[row].at(3));
    bytes += std::stod(edges[row].at(4));
  }
  EXPECT_GT(bytes, bits / 8);
  EXPECT_EQ(last_metric(dir_ / "out", "ideal_bits"), bits);
  EXPECT_EQ(last_metric(dir_ / "out", "wire_bytes"), bytes);
}

TEST_F(Results, OfAnotherRunAreNotOverwritten) {
  ASSERT_EQ(run_here({"--out", "out"}).status, 0);
  const std::string before =
      read_file(dir_ / "out/metrics.csv") + read_file(dir_ / "out/config.yaml");
  const Ended again = run_here({"--out", "out", "--set", "seed=9"});
  EXPECT_EQ(again.status, kBadUsage);
  EXPECT_THAT(again.err, HasSubstr("out holds the results of another run: give another --out"));
  EXPECT_THAT(again.out, IsEmpty());
  EXPECT_EQ(read_file(dir_ / "out/metrics.csv") + read_file(dir_ / "out/config.yaml"), before);
}

TEST_F(Results, ThatCannotBeWrittenAreStatusTwoInBothModes) {
  const std::string below_a_file = config_ + "/out";
  const Ended simulated = run_here({"--out", below_a_file});
  const Ended real = run({"run", config_, "--out", below_a_file});
  for (const Ended* ended : {&simulated, &real}) {
    EXPECT_EQ(ended->status, kBadUsage);
    EXPECT_THAT(ended->err,
                AllOf(HasSubstr("error: "), HasSubstr(below_a_file), HasSubstr("Not a directory")));
  }
}

}  // namespace
}  // namespace hearsay::testing
