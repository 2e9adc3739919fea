// `hearsay gradient`, and what `hearsay check --layers` says of a model.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "core/vector_ops.h"
#include "nodes/safetensors.h"
#include "tests/tools/process.h"
#include "tests/tools/python.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr int kBadUsage = 2;

class Gradient : public ::testing::Test {
 protected:
  Ended gradient(const Arguments& more) const {
    Arguments arguments = {"gradient", config_, "--out", file()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  std::string file() const { return dir_ / "gradient.safetensors"; }

  Vector read(const std::string& name) const {
    SafetensorsFile tensors(file());
    const SafetensorsFile::Tensor* found = tensors.find(name);
    if (found == nullptr) throw std::runtime_error("no " + name);
    std::size_t size = 1;
    for (const std::int64_t length : found->shape) size *= static_cast<std::size_t>(length);
    Vector values(size);
    tensors.read(name, found->shape, values);
    return values;
  }

  /// The number behind a word of the output.
  static double figure(const Ended& ended, const std::string& word) {
    const std::size_t at = ended.out.find("\n" + word + " ");
    return at == std::string::npos ? NAN : std::stod(ended.out.substr(at + word.size() + 1));
  }

  TempDir dir_;
  std::string config_ =
      dir_.write("net.yaml",
                 "seed: 5\n"
                 "topology: {graph: ring, nodes: 4}\n"
                 "objective: {model: softmax, data: digits, partition: label-sorted, batch: 24}\n"
                 "algorithm: {name: dpsgd, learning_rate: 0.1}\n"
                 "run: {rounds: 20, evaluate_every: 20}\n");
};

TEST_F(Gradient, IsThatOfTheNodesBatch) {
  const Ended ended = gradient({"--node", "2", "--round", "3"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("gradient  stochastic, node 2, round 3: 24 rows\n"),
                               HasSubstr("\nwritten   " + file() + "\n")));
  EXPECT_NEAR(figure(ended, "loss"), std::log(10.0), 1e-6);  // x0 = 0

  // At x0 = 0 each class has the probability 1/10, so the gradient follows by hand.
  const Vector inputs = read("batch/inputs");
  const Vector labels = read("batch/labels");
  ASSERT_EQ(labels.size(), 24U);
  ASSERT_EQ(inputs.size(), 24U * 64U);
  Vector expected(640);
  for (std::size_t r = 0; r < 24; ++r)
    for (std::size_t c = 0; c < 10; ++c)
      for (std::size_t j = 0; j < 64; ++j)
        expected[c * 64 + j] += (0.1F - (static_cast<float>(c) == labels[r] ? 1.0F : 0.0F)) *
                                inputs[r * 64 + j] / 24.0F;
  const Vector found = read("gradient/weight");
  EXPECT_LT(squared_distance(found, expected), 1e-10 * squared_norm(expected));
  EXPECT_NEAR(figure(ended, "norm"),
              std::sqrt(squared_norm(found) + squared_norm(read("gradient/bias"))), 1e-6);
}

TEST_F(Gradient, ChangesWithTheRoundAndIsTheSameAgain) {
  ASSERT_EQ(gradient({}).status, 0);
  const std::string first = read_file(file());
  ASSERT_EQ(gradient({"--repeat", "3"}).status, 0);
  EXPECT_TRUE(read_file(file()) == first);
  ASSERT_EQ(gradient({"--round", "2"}).status, 0);
  EXPECT_FALSE(read_file(file()) == first);
}

TEST_F(Gradient, ExactIsWhatARunReports) {
  const std::string one = dir_ / "one";
  const Arguments alone = {"--set", "topology.nodes=1", "--set", "objective.partition=iid"};
  Arguments arguments = {"run", config_, "--simulate", "--out", one};
  arguments.insert(arguments.end(), alone.begin(), alone.end());
  ASSERT_EQ(run(arguments).status, 0);
  arguments = {"--exact", "--from", one + "/model.safetensors"};
  arguments.insert(arguments.end(), alone.begin(), alone.end());
  const Ended ended = gradient(arguments);
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("gradient  exact, node 0: "));
  EXPECT_FLOAT_EQ(figure(ended, "loss"), last_metric(one, "train_loss"));
  EXPECT_FLOAT_EQ(figure(ended, "norm"), last_metric(one, "grad_norm"));
}

TEST_F(Gradient, TellsTheTime) {
  EXPECT_THAT(gradient({"--repeat", "5"}).out, HasSubstr(" ms at least, ")) << "and the median";
  const Ended once = gradient({});
  EXPECT_GT(figure(once, "time"), 0.0);
}

TEST_F(Gradient, NeedsNoData) {
  const Ended ended =
      gradient({"--set", "objective={model: quadratic, dimension: 6}", "--node", "1"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("node 1, round 1: no data\n"));
  EXPECT_EQ(read("gradient/x").size(), 6U);
}

TEST_F(Gradient, RefusesNodesWithoutOneAndFilesThatDoNotFit) {
  const Ended beyond = gradient({"--node", "4"});
  EXPECT_EQ(beyond.status, kBadUsage);
  EXPECT_THAT(beyond.err, HasSubstr("--node: found 4, allowed is 0 to 3"));
  const Ended server = gradient({"--set", "topology={graph: star, workers: 3}", "--set",
                                 "algorithm.name=dist-amsgrad", "--node", "0"});
  EXPECT_EQ(server.status, kBadUsage);
  EXPECT_THAT(server.err, HasSubstr("--node: 0 is the server, which has no gradient"));
  const Ended missing = gradient({"--from", dir_ / "none.safetensors"});
  EXPECT_EQ(missing.status, kBadUsage);
  EXPECT_THAT(missing.err, HasSubstr("none.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(file()));

  ASSERT_EQ(gradient({}).status, 0);  // names its tensors x/weight, ...
  const Ended other = gradient({"--from", file()});
  EXPECT_EQ(other.status, kBadUsage);
  EXPECT_THAT(other.err, AllOf(HasSubstr("gradient.safetensors"), HasSubstr("weight")));
}

TEST_F(Gradient, IsPyTorchs) {
  HEARSAY_NEED_TORCH_PYTHON();
  for (const char* how : {"--round=2", "--exact"}) {
    ASSERT_EQ(gradient({how, "--node", "1"}).status, 0);
    const Ended reference = run_python({"reference.py", file(), "--tolerance", "1e-5"});
    EXPECT_EQ(reference.status, 0) << reference.out << reference.err;
    EXPECT_THAT(reference.out, AllOf(HasSubstr("gradient/weight\n"), HasSubstr("is the largest")));
  }
}

TEST(CheckLayers, ListsTheTensorsOfAModel) {
  const Ended ended = run({"check", HEARSAY_CONFIGS "/ring.yaml", "--layers"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out,
            "weight             10x64         640  trained\n"
            "bias                  10          10  trained\n"
            "d = 650, frozen 0, buffers 0\n");
}

}  // namespace
}  // namespace hearsay::testing
