// Deep models from end to end: exported from PyTorch, trained by processes and in the simulator,
// and loaded back into PyTorch; and gradients against PyTorch's own.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/random.h"
#include "tests/tools/process.h"
#include "tests/tools/python.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kBadUsage = 2;

bool has_plugin() {
  return fs::exists(fs::path(HEARSAY_COMMAND).parent_path() / "libhearsay_torch.so");
}

/// So many random bytes below `bound`.
std::string random_bytes(std::size_t count, std::uint64_t bound) {
  hearsay::Stream random({.seed = 17});
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(random.below(bound));
  return bytes;
}

/// An IDX file of bytes.
std::string idx(const std::vector<int>& lengths, const std::string& bytes) {
  std::string file{0, 0, 8, static_cast<char>(lengths.size())};
  for (const int length : lengths)
    for (const int shift : {24, 16, 8, 0}) file += static_cast<char>((length >> shift) & 255);
  return file + bytes;
}

class Deep : public ::testing::Test {
 protected:
  void SetUp() override {
    HEARSAY_NEED_TORCH_PYTHON();
    if (!has_plugin()) GTEST_SKIP() << "built without LibTorch";
  }

  /// Exports a network of tests/torch/networks.py to `file`.
  void export_network(const std::string& name, const std::string& file,
                      const Arguments& more = {}) const {
    Arguments arguments = {"export_model.py", HEARSAY_TORCH_TESTS "/networks.py:" + name,
                           "--out",           dir_ / file,
                           "--input",         "64"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended ended = run_python(arguments);
    ASSERT_EQ(ended.status, 0) << ended.err;
  }

  std::string write_config(const std::string& objective, const std::string& topology,
                           const std::string& algorithm, int rounds) const {
    return dir_.write("deep.yaml", fmt::format("seed: 3\ntopology: {{{}}}\nobjective: {{{}}}\n"
                                               "algorithm: {{{}}}\n"
                                               "run: {{rounds: {}, evaluate_every: 10}}\n",
                                               topology, objective, algorithm, rounds));
  }

  /// That the gradient of the config's node 1 is PyTorch's, in training and evaluation mode.
  void expect_pytorchs_gradient(const std::string& config, const Arguments& more = {}) const {
    const std::string file = dir_ / "gradient.safetensors";
    for (const char* how : {"--round=2", "--exact"}) {
      const Ended ended = run({"gradient", config, "--node", "1", how, "--out", file});
      ASSERT_EQ(ended.status, 0) << ended.err;
      Arguments arguments = {"reference.py", file};
      arguments.insert(arguments.end(), more.begin(), more.end());
      const Ended reference = run_python(arguments);
      EXPECT_EQ(reference.status, 0) << how << "\n" << reference.out << reference.err;
    }
  }

  TempDir dir_;
};

class ExportedModel : public Deep {
 protected:
  /// The built-in digits as tables: 1200 rows that eight nodes share evenly, and 240 others.
  void write_tables() const {
    const Ended ended = run_python(
        {"-c",
         "import gzip, sys\n"
         "rows = gzip.open(sys.argv[1], 'rt').read().splitlines()\n"
         "for name, part in (('train', rows[:1200]), ('test', rows[1200:1440])):\n"
         "    open(sys.argv[2] + '/' + name + '.csv', 'w').write('\\n'.join(part) + '\\n')\n",
         HEARSAY_SCRIPTS "/../core/data/assets/digits.csv.gz", dir_.path().string()});
    ASSERT_EQ(ended.status, 0) << ended.err;
  }

  /// An 8-ring that trains start.pt.
  std::string write_ring(const std::string& objective = "buffers: averaged") const {
    return write_config(
        "model: torchscript, path: start.pt, batch: 16, " + objective +
            ", data: {format: csv, label: last, train: train.csv, test: test.csv, scale: 0.0625}",
        "graph: ring, nodes: 8",
        "name: choco-amsgrad, learning_rate: 0.01, gossip_step: 0.3, "
        "compressor: {name: top-k, ratio: 0.2}",
        40);
  }

  nlohmann::json evaluate(const std::string& folder) const {
    const Ended ended = run_python({"evaluate.py", folder, dir_ / "start.pt", dir_ / "train.csv",
                                    dir_ / "test.csv", HEARSAY_TORCH_TESTS "/networks.py:Mixed"});
    EXPECT_EQ(ended.status, 0) << ended.err;
    return nlohmann::json::parse(ended.out, nullptr, false);
  }
};

TEST_F(ExportedModel, TrainsAlikeEverywhereAndGoesBackToPyTorch) {
  export_network("Mixed", "start.pt", {"--freeze", "stem.*"});
  write_tables();
  const std::string config = write_ring();
  const std::string processes = dir_ / "processes";
  const std::string simulated = dir_ / "simulated";
  const Ended ended = run({"run", config, "--out", processes});
  ASSERT_EQ(ended.status, 0) << ended.err;
  ASSERT_EQ(run({"run", config, "--simulate", "--threads", "3", "--out", simulated}).status, 0);
  expect_same_results(processes, simulated);
  EXPECT_TRUE(read_file(processes + "/model.pt") == read_file(simulated + "/model.pt"));

  const nlohmann::json found = evaluate(processes);
  EXPECT_FALSE(found["training"]);
  for (const char* form : {"script", "module"}) {
    EXPECT_NEAR(found[form]["loss"], last_metric(processes, "train_loss"), 1e-5) << form;
    EXPECT_NEAR(found[form]["accuracy"], last_metric(processes, "test_accuracy"), 1e-6) << form;
  }
  EXPECT_GT(found["script"]["accuracy"], 0.7);
  EXPECT_TRUE(found["tied"]);
  EXPECT_EQ(found["frozen"], (nlohmann::json{"stem.bias", "stem.weight"}));
  EXPECT_EQ(found["changed"],
            (nlohmann::json{"bn.bias", "bn.num_batches_tracked", "bn.running_mean",
                            "bn.running_var", "bn.weight", "first.bias", "first.weight",
                            "head.bias", "head.weight", "second.bias", "second.weight"}));
}

TEST_F(ExportedModel, GoesOnFromItsOwnModelFile) {
  export_network("Mixed", "start.pt");
  write_tables();
  const std::string config = write_ring("buffers: local");
  ASSERT_EQ(run({"run", config, "--simulate", "--out", dir_ / "one"}).status, 0);
  const nlohmann::json found = evaluate(dir_ / "one");
  const Ended more =
      run({"run", config, "--simulate", "--out", dir_ / "two", "--set",
           "objective.path=" + dir_ / "one" + "/model.pt", "--set", "run.rounds=10"});
  ASSERT_EQ(more.status, 0) << more.err;
  const Table metrics = read_table(dir_.path() / "two/metrics.csv");
  const auto& names = metrics.at(0);
  const auto column = std::find(names.begin(), names.end(), "train_loss") - names.begin();
  EXPECT_NEAR(std::stod(metrics.at(1).at(static_cast<std::size_t>(column))),
              found["script"]["loss"].get<double>(), 1e-5);
}

TEST_F(ExportedModel, GetsRowsInTheShapeThatItTakes) {
  const std::string config =
      write_config("model: torchscript, path: start.pt, batch: 16, data: digits",
                   "graph: ring, nodes: 2", "name: dpsgd, learning_rate: 0.05", 2);
  const auto inputs = [&](const Arguments& more) {
    Arguments arguments = {"gradient", config, "--out", dir_ / "gradient.safetensors"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 0) << ended.err;
    const std::string file = read_file(dir_ / "gradient.safetensors");
    return file.substr(file.find("\"batch/inputs\""), 90);
  };
  export_network("Images", "start.pt", {"--input", "1,8,8"});
  EXPECT_THAT(inputs({}), HasSubstr("[16,1,8,8]"));
  export_network("Mixed", "start.pt");
  EXPECT_THAT(inputs({}), HasSubstr("[16,64]"));
  EXPECT_THAT(inputs({"--set", "objective.input=[64]"}), HasSubstr("[16,64]"));
  EXPECT_THAT(run({"check", config, "--set", "objective.input=[1, 8, 8]"}).err,
              HasSubstr("forward() fails for x = [2, 1, 8, 8]"));
  EXPECT_THAT(run({"check", config, "--set", "objective.input=[3, 3]"}).err,
              HasSubstr("a row of digits has 64 values, not 3 x 3 = 9"));
}

TEST_F(ExportedModel, IsPartOfTheDigestByWhatItHolds) {
  write_tables();
  const std::string config = write_ring();
  const auto digest = [&](const std::string& out) {
    EXPECT_EQ(
        run({"run", config, "--simulate", "--set", "run.rounds=1", "--out", dir_ / out}).status, 0);
    return nlohmann::json::parse(read_file(dir_.path() / out / "summary.json"))["digest"];
  };
  export_network("Noisy", "start.pt", {"--args", R"(["dropout"])"});
  const auto first = digest("first");
  EXPECT_EQ(digest("again"), first);
  export_network("Noisy", "start.pt", {"--args", R"(["alpha"])"});
  EXPECT_NE(digest("other"), first);
}

TEST_F(ExportedModel, HasPyTorchsGradient) {
  export_network("Mixed", "start.pt", {"--freeze", "stem.*"});
  write_tables();
  expect_pytorchs_gradient(write_ring(), {"--script", dir_ / "start.pt"});
  export_network("Assigning", "start.pt");
  expect_pytorchs_gradient(write_ring(), {"--script", dir_ / "start.pt"});
}

TEST_F(ExportedModel, DrawsItsRandomNumbersFromTheRound) {
  write_tables();
  for (const char* kind : {"dropout", "inplace", "channels", "alpha", "rrelu", "lstm"}) {
    export_network("Noisy", "start.pt", {"--args", fmt::format("[\"{}\"]", kind)});
    const std::string config = write_ring();
    const auto gradient = [&](const Arguments& more) {
      Arguments arguments = {"gradient", config, "--out", dir_ / "gradient.safetensors"};
      arguments.insert(arguments.end(), more.begin(), more.end());
      EXPECT_EQ(run(arguments).status, 0);
      return read_file(dir_ / "gradient.safetensors");
    };
    const std::string first = gradient({});
    EXPECT_TRUE(gradient({"--repeat", "2"}) == first) << kind;
    EXPECT_FALSE(gradient({"--set", "seed=4"}) == first) << kind;
  }
}

TEST_F(ExportedModel, IsRefusedWithTheTensorsName) {
  write_tables();
  const std::string config = write_ring();
  const auto message = [&config](const Arguments& more) {
    Arguments arguments = {"check", config};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, kBadUsage);
    return ended.err;
  };
  EXPECT_THAT(message({}), AllOf(HasSubstr("deep.yaml:"), HasSubstr("start.pt: there is no such")));
  const Ended made = run_python({"-c",
                                 "import sys, torch\n"
                                 "sys.path.insert(0, sys.argv[1])\n"
                                 "import networks\n"
                                 "torch.jit.script(networks.Wide()).save(sys.argv[2])\n"
                                 "torch.jit.script(networks.Counting()).save(sys.argv[3])\n",
                                 HEARSAY_TORCH_TESTS, dir_ / "start.pt", dir_ / "counting.pt"});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_THAT(message({}), HasSubstr("parameter scale is Double, allowed is float32"));
  EXPECT_THAT(message({"--set", "objective.path=counting.pt"}),
              HasSubstr("forward() changes self.steps"));
  dir_.write("start.pt", "no archive");
  EXPECT_THAT(message({}), HasSubstr("no TorchScript file that can be read"));
  export_network("Mixed", "start.pt", {"--args", "{\"classes\": 9}"});
  EXPECT_THAT(message({}), AllOf(HasSubstr("forward() gives [2, 9]"), HasSubstr("[2, 10]")));
}

TEST_F(ExportedModel, ThatFailsInARoundSaysWhereAndWhyInALine) {
  export_network("Mixed", "start.pt");
  write_tables();
  const std::string config = write_ring();
  for (const Arguments& more : {Arguments{"--simulate"}, Arguments{}}) {
    Arguments arguments = {
        "run", config, "--out", dir_ / (more.empty() ? "a" : "b"), "--set", "objective.batch=1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("failed in round 1: "),
                                 HasSubstr("start.pt: Expected more than 1 value per channel"),
                                 Not(HasSubstr("Traceback"))));
  }
}

struct BuiltIn {
  const char* model;
  const char* options;
  std::vector<int> image;  // empty: words
  const char* d;
};

void PrintTo(const BuiltIn& tested, std::ostream* out) {
  *out << tested.model;
}

class BuiltInModel : public Deep, public ::testing::WithParamInterface<BuiltIn> {
 protected:
  /// A few images, or texts, of ten classes, or two.
  std::string data() const {
    const std::vector<int>& image = GetParam().image;
    if (image.empty()) {
      std::string lines;
      const std::string bytes = random_bytes(24 * 20, 26);
      for (std::size_t r = 0; r < 24; ++r) {
        lines += r % 2 == 0 ? "0\t" : "1\t";
        for (std::size_t w = 0; w < 20; ++w)
          lines += std::string("word") + static_cast<char>('a' + bytes[r * 20 + w]) + " ";
        lines += "\n";
      }
      dir_.write("texts.tsv", lines);
      return "{format: tsv, train: texts.tsv, length: 15, vocabulary: 20}";
    }
    std::vector<int> lengths = {24};
    lengths.insert(lengths.end(), image.begin(), image.end());
    std::size_t size = 1;
    for (const int length : lengths) size *= static_cast<std::size_t>(length);
    std::string labels;
    for (int r = 0; r < 24; ++r) labels += static_cast<char>(r % 10);
    dir_.write("images", idx(lengths, random_bytes(size, 256)));
    dir_.write("labels", idx({24}, labels));
    return "{format: idx, train_images: images, train_labels: labels, scale: 0.00390625}";
  }

  std::string write_net() const {
    return write_config(fmt::format("model: {}, {}data: {}, batch: 6", GetParam().model,
                                    GetParam().options, data()),
                        "graph: ring, nodes: 2", "name: dpsgd, learning_rate: 0.05", 2);
  }
};

TEST_P(BuiltInModel, HasPyTorchsGradient) {
  expect_pytorchs_gradient(write_net());
}

TEST_P(BuiltInModel, HasItsPapersSize) {
  const Ended ended = run({"check", write_net(), "--layers"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr(fmt::format("d = {}, frozen 0", GetParam().d)));
}

TEST_P(BuiltInModel, TrainsAlikeInProcessesAndSimulated) {
  const std::string config = write_net();
  const std::string processes = dir_ / "processes";
  const std::string simulated = dir_ / "simulated";
  const Ended ended = run({"run", config, "--out", processes});
  ASSERT_EQ(ended.status, 0) << ended.err;
  ASSERT_EQ(run({"run", config, "--simulate", "--out", simulated}).status, 0);
  expect_same_results(processes, simulated);
}

INSTANTIATE_TEST_SUITE_P(
    All, BuiltInModel,
    ::testing::Values(BuiltIn{"mnist-cnn", "", {28, 28}, "431080"},
                      BuiltIn{"mnist-cnn", "channels: [3, 5], hidden: 7, ", {1, 20, 24}, "755"},
                      BuiltIn{"cifar-cnn", "", {3, 32, 32}, "2156490"},
                      BuiltIn{"imdb-lstm", "", {}, "30082"},
                      BuiltIn{"imdb-lstm", "embedding: 4, cells: 6, hidden: 5, ", {}, "423"},
                      BuiltIn{"resnet18", "", {3, 32, 32}, "11173962"},
                      BuiltIn{"vgg16", "", {3, 32, 32}, "14728266"},
                      BuiltIn{"wide-resnet-16-4", "", {3, 32, 32}, "2748890"}));

}  // namespace
}  // namespace hearsay::testing
