// run.tensorboard: what TensorBoard shows of a run is what metrics.csv says, in both modes and
// after a restart.
#include "tests/support/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "tests/tools/process.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace fs = std::filesystem;

using Series = std::map<std::string, std::map<std::int64_t, float>>;

Series scalars_of_metrics(const fs::path& folder) {
  const Table table = read_table(folder / "metrics.csv");
  Series series;
  for (std::size_t row = 1; row < table.size(); ++row)
    for (std::size_t k = 1; k < table[0].size(); ++k)
      if (!table[row][k].empty() && table[0][k] != "epoch" && table[0][k] != "seconds")
        series[table[0][k]][std::stoll(table[row][0])] =
            static_cast<float>(std::stod(table[row][k]));
  return series;
}

class Events : public ::testing::Test {
 protected:
  Ended simulate(const Arguments& more) const {
    Arguments arguments = {"run", config_, "--simulate"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 0) << ended.err;
    return ended;
  }

  TempDir dir_;
  std::string config_ =
      dir_.write("events.yaml",
                 "topology: {graph: ring, nodes: 3}\n"
                 "objective: {model: softmax, data: digits, batch: 16}\n"
                 "algorithm: {name: choco-amsgrad, learning_rate: 0.01, gossip_step: 0.3, "
                 "compressor: {name: top-k, ratio: 0.05}}\n"
                 "run: {rounds: 40, evaluate_every: 8}\ncheckpoint: {every: 15, keep: 5}\n");
  const std::string out_ = dir_ / "out";
};

TEST_F(Events, AreThoseOfTheMetricsInBothModes) {
  const Arguments real = {"run", config_, "--set", "run.tensorboard=true", "--out", dir_ / "real"};
  ASSERT_EQ(run(real).status, 0);
  simulate({"--set", "run.tensorboard=true", "--out", out_});
  for (const std::string& folder : {out_, dir_ / "real"}) {
    const Series shown = shown_scalars(folder);
    EXPECT_EQ(shown, scalars_of_metrics(folder));
    for (const char* tag : {"train_loss", "grad_norm", "consensus_error", "test_accuracy",
                            "ideal_bits", "wire_bytes"})
      EXPECT_THAT(shown.at(tag), SizeIs(6)) << tag;  // rounds 0, 8, ..., 40
    for (const char* tag : {"markov_error", "never_sent", "oldest_age"})
      EXPECT_THAT(shown.at(tag), SizeIs(5)) << tag;  // nothing is sent before round 1
    EXPECT_EQ(shown.count("staleness"), 0U) << "does not apply";
  }
}

TEST_F(Events, AreThereOnRequestOnly) {
  simulate({"--out", out_});
  EXPECT_THAT(event_files(out_), IsEmpty());
}

TEST_F(Events, GoOnWithTheRun) {
  simulate({"--set", "run.tensorboard=true", "--out", out_});
  // Only those after rounds 15 and 30 are left: the rows of 32 and 40 come again.
  for (const auto& node : fs::directory_iterator(out_ + "/checkpoints"))
    fs::remove(node.path() / "round-000000040.ckpt");
  const Ended resumed =
      simulate({"--set", "run.tensorboard=true", "--set", "run.rounds=56", "--resume", out_});
  EXPECT_THAT(resumed.err, ::testing::HasSubstr("after round 30\n"));
  EXPECT_THAT(event_files(out_), SizeIs(2));
  EXPECT_EQ(shown_scalars(out_), scalars_of_metrics(out_));
  EXPECT_THAT(shown_scalars(out_).at("train_loss"), SizeIs(8));
  EXPECT_FLOAT_EQ(shown_scalars(out_).at("train_loss").at(56),
                  static_cast<float>(last_metric(out_, "train_loss")));
}

TEST_F(Events, OfARunThatIsAskedForThemOnlyLaterAreComplete) {
  simulate({"--out", out_});
  simulate({"--set", "run.tensorboard=true", "--set", "run.rounds=56", "--resume", out_});
  EXPECT_THAT(event_files(out_), SizeIs(1));
  EXPECT_EQ(shown_scalars(out_), scalars_of_metrics(out_));
  EXPECT_THAT(shown_scalars(out_).at("train_loss"), SizeIs(8));
}

}  // namespace
}  // namespace hearsay::testing
