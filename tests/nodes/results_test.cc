#include "nodes/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nodes/safetensors.h"
#include "nodes/simulator.h"
#include "tests/core/vectors.h"
#include "tests/nodes/experiments.h"
#include "tests/nodes/running_mean.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace fs = std::filesystem;

/// A fresh folder, and the current one while the test runs: nothing is left behind.
class Results : public ::testing::Test {
 protected:
  Results() : back_(fs::current_path()) {
    std::string name = (fs::temp_directory_path() / "hearsay-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder = name;
    fs::current_path(folder);
  }
  ~Results() override {
    fs::current_path(back_);
    fs::remove_all(folder);
  }

  std::string content(const fs::path& name) const {
    std::ifstream in(folder / name, std::ios::binary);
    EXPECT_TRUE(in) << name;
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

  fs::path folder;

 private:
  fs::path back_;
};

const char* const kConfig =
    "name: tiny\n"
    "topology: {graph: star, workers: 2}\n"
    "objective: {model: mlp, data: {name: synthetic, rows: 20, features: 3, classes: 2}}\n"
    "algorithm: {name: cd-adam, learning_rate: 0.1, compressor: scaled-sign}\n"
    "run: {rounds: 4, evaluate_every: 2}\n";

TEST(MetricsLine, HasTheColumnsOfTheHeaderAndShortestExactNumbers) {
  EXPECT_EQ(metrics_header(),
            "round,epoch,seconds,train_loss,grad_norm,consensus_error,test_accuracy,ideal_bits,"
            "wire_bytes,residual_ratio,markov_error,never_sent,oldest_age,staleness,most_stale\n");
  const MetricsRow row{.round = 10,
                       .epoch = 0.5,
                       .seconds = 1.25,
                       .train_loss = 0.1,
                       .grad_norm = 1.0 / 3.0,
                       .consensus_error = 1e-20,
                       .test_accuracy = 1.0,
                       .ideal_bits = ~std::uint64_t{0},
                       .wire_bytes = 7,
                       .health = {.residual_ratio = 0.5,
                                  .never_sent = 0.25,
                                  .oldest_age = 12,
                                  .staleness = 1.5,
                                  .most_stale = 4}};
  EXPECT_EQ(
      metrics_line(row),
      "10,0.5,1.250000,0.1,0.3333333333333333,1e-20,1,18446744073709551615,7,0.5,,0.25,12,1.5,4\n");
}

TEST(MetricsLine, LeavesOutWhatDoesNotApply) {
  const MetricsRow row{.round = 3, .seconds = 0.0, .consensus_error = 2.0};
  EXPECT_EQ(metrics_line(row), "3,,0.000000,,,2,,0,0,,,,,,\n");
}

TEST_F(Results, HoldTheWholeRun) {
  const Experiment experiment = experiment_of(kConfig);
  Recorder recorder;
  {
    const std::atomic<bool> stop = false;
    ResultsWriter writer(experiment, folder / "a" / "b");
    EXPECT_EQ(writer.folder(), folder / "a" / "b");
    simulate(experiment, 1, stop, writer);
    recorder = run(experiment);
  }
  const fs::path at = fs::path("a") / "b";
  EXPECT_EQ(Config::parse(content(at / "config.yaml"), "again.yaml").root(),
            experiment.config().root());
  std::istringstream metrics(content(at / "metrics.csv"));
  std::string line;
  std::getline(metrics, line);
  EXPECT_EQ(line + "\n", metrics_header());
  for (const EvaluationReport& report : recorder.reports) {
    ASSERT_TRUE(std::getline(metrics, line));
    EXPECT_THAT(line, StartsWith(fmt::format("{},", report.row.round)));
    EXPECT_THAT(line, HasSubstr(fmt::format(",{},", *report.row.train_loss)));
  }
  EXPECT_FALSE(std::getline(metrics, line));

  const std::string nodes = content(at / "nodes.csv");
  EXPECT_EQ(std::count(nodes.begin(), nodes.end(), '\n'), 1 + 3 * 3);
  EXPECT_THAT(nodes, HasSubstr("\n4,0,,"));  // the server has no data

  const auto& up = recorder.end->traffic.at(1).at(0);
  EXPECT_THAT(content(at / "edges.csv"),
              AllOf(StartsWith("from,to,frames,ideal_bits,wire_bytes\n0,1,4,"),
                    HasSubstr(fmt::format("\n1,0,4,{},{}\n", up.ideal_bits, up.wire_bytes))));

  const auto summary = nlohmann::json::parse(content(at / "summary.json"));
  EXPECT_EQ(summary.at("name"), "tiny");
  EXPECT_EQ(summary.at("rounds"), 4);
  EXPECT_EQ(summary.at("interrupted"), false);
  EXPECT_EQ(summary.at("nodes"), 3);
  EXPECT_EQ(summary.at("test_rows"), 0);
  EXPECT_EQ(summary.at("digest"), fmt::format("{:016x}", experiment.digest()));
  const auto topology = nlohmann::json::parse(content(at / "topology.json"));
  EXPECT_TRUE(topology.is_object());
  EXPECT_TRUE(fs::is_directory(folder / at / "logs"));
}

TEST_F(Results, OfAKilledRunAreThereRowByRow) {
  const Experiment experiment = experiment_of(kConfig);
  ResultsWriter writer(experiment, "run");
  EXPECT_EQ(content("run/metrics.csv"), metrics_header());
  const Recorder recorder = run(experiment);
  writer.on_evaluation(recorder.reports.front());
  EXPECT_EQ(content("run/metrics.csv"),
            metrics_header() + metrics_line(recorder.reports.front().row));
}

TEST_F(Results, AreNotOverwritten) {
  const Experiment experiment = experiment_of(kConfig);
  { const ResultsWriter writer(experiment, "run"); }
  const std::string message =
      message_of<ResultsError>([&] { const ResultsWriter again(experiment, "run"); });
  EXPECT_THAT(message, AllOf(HasSubstr("run"), HasSubstr("another run"), HasSubstr("--out")));
}

TEST_F(Results, InAPlaceThatIsAFileAreRefusedByName) {
  std::ofstream("taken") << "x";
  const Experiment experiment = experiment_of(kConfig);
  const std::string message =
      message_of<ResultsError>([&] { const ResultsWriter writer(experiment, "taken"); });
  EXPECT_THAT(message, HasSubstr("taken"));
}

TEST_F(Results, GoToTheFirstFolderThatIsFree) {
  EXPECT_EQ(free_folder("ring 8/x"), fs::path("runs/ring-8-x"));
  fs::create_directories("runs/ring-8-x");
  EXPECT_EQ(free_folder("ring 8/x"), fs::path("runs/ring-8-x-2"));
  fs::create_directories("runs/ring-8-x-2");
  EXPECT_EQ(free_folder("ring 8/x"), fs::path("runs/ring-8-x-3"));
  EXPECT_EQ(free_folder("ring_1.5"), fs::path("runs/ring_1.5"));
}

TEST_F(Results, StayInsideTheFolderOfRunsWhateverTheName) {
  for (const char* name : {"", ".", "..", "../..", "/", "a/../../b"}) {
    const fs::path free = free_folder(name).lexically_normal();
    EXPECT_EQ(free.begin()->string(), "runs") << name;
    EXPECT_EQ(std::distance(free.begin(), free.end()), 2) << name << " gives " << free;
    EXPECT_NE(free.filename(), "") << name;
  }
}

TEST_F(Results, HaveTheModelWithItsFrozenParametersAndTheMeanOfTheBuffers) {
  const Experiment experiment = running_mean_experiment(
      "topology: {graph: ring, nodes: 3}\n"
      "objective: {model: quadratic, dimension: 4}\n"
      "algorithm: {name: dpsgd, learning_rate: 0.1}\n"
      "run: {rounds: 5}\n");
  const std::atomic<bool> stop = false;
  {
    ResultsWriter writer(experiment, "run");
    simulate(experiment, 1, stop, writer);
  }
  const Recorder recorder = run(experiment);
  SafetensorsFile file("run/model.safetensors");
  EXPECT_EQ(file.tensors().size(), 4U);
  Vector x(4);
  file.read(experiment.layout(), x);
  EXPECT_EQ(bits_of(x), bits_of(recorder.end->model));
  Vector buffers(5);
  file.read(experiment.buffer_layout(), buffers);
  EXPECT_EQ(bits_of(buffers), bits_of(recorder.end->buffers));
  EXPECT_EQ(file.find("num_batches_tracked")->dtype, "I64");
  EXPECT_EQ(buffers.back(), 5.0F);
  Vector frozen(2);
  file.read("scale", std::vector<std::int64_t>{2}, frozen);
  EXPECT_EQ(frozen, (Vector{2.0F, 3.0F}));
  EXPECT_EQ(content("run/model.txt"), "4 values, 5 buffers");  // Objective::save
}

}  // namespace
}  // namespace hearsay
