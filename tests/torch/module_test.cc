// The plugin itself: what every built-in model promises, whatever its layers.
#include "core/deep/module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <thread>

#include "core/deep/plugin.h"
#include "core/random.h"

namespace hearsay {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::string label;
  DeepSpec spec;
  std::size_t dimension;
  std::size_t buffers;

  friend void PrintTo(const Case& test, std::ostream* out) { *out << test.label; }
};

DeepSpec spec_of(const std::string& model, std::vector<std::int64_t> input, std::int64_t outputs,
                 std::vector<std::pair<std::string, std::vector<double>>> options = {},
                 std::int64_t vocabulary = 0) {
  DeepSpec spec;
  spec.model = model;
  spec.input = std::move(input);
  spec.outputs = outputs;
  spec.options = std::move(options);
  spec.vocabulary = vocabulary;
  return spec;
}

using Options = std::vector<std::pair<std::string, std::vector<double>>>;

Options cnn(double first, double second, double hidden, double dropout) {
  return {{"channels", {first, second}}, {"hidden", {hidden}}, {"dropout", {dropout}}};
}

/// The dimensions are those of the same models in PyTorch.
std::vector<Case> cases() {
  const Options lstm = {{"embedding", {32}}, {"cells", {64}}, {"hidden", {64}}};
  return {
      {"mnist_cnn", spec_of("mnist-cnn", {1, 28, 28}, 10, cnn(20, 50, 500, 0)), 431'080, 0},
      {"mnist_cnn_dropout", spec_of("mnist-cnn", {1, 28, 28}, 10, cnn(4, 6, 20, 0.5)), 2'860, 0},
      {"cifar_cnn", spec_of("cifar-cnn", {3, 32, 32}, 10, cnn(32, 64, 512, 0)), 2'156'490, 0},
      {"imdb_lstm", spec_of("imdb-lstm", {30}, 2, lstm, 1002), 61'442, 0},
      {"resnet18", spec_of("resnet18", {3, 32, 32}, 10), 11'173'962, 9'620},
      {"vgg16", spec_of("vgg16", {3, 32, 32}, 10), 14'728'266, 8'461},
      {"wide_resnet_16_4", spec_of("wide-resnet-16-4", {3, 32, 32}, 10), 2'748'890, 3'629},
  };
}

/// Four rows of noise, or of words.
struct Rows {
  std::vector<float> values;
  std::vector<std::int64_t> words;
  std::vector<std::int64_t> classes;

  explicit Rows(const DeepSpec& spec, std::size_t count = 4) {
    Stream stream(StreamKey{7});
    std::size_t size = count;
    for (const std::int64_t length : spec.input) size *= static_cast<std::size_t>(length);
    for (std::size_t k = 0; k < size; ++k) {
      if (spec.vocabulary > 0)
        words.push_back(
            static_cast<std::int64_t>(stream.uniform() * static_cast<double>(spec.vocabulary)));
      else
        values.push_back(static_cast<float>(stream.uniform() - 0.5));
    }
    for (std::size_t k = 0; k < count; ++k)
      classes.push_back(static_cast<std::int64_t>(k) % spec.outputs);
  }
  DeepBatch batch() const {
    return {.rows = classes.size(),
            .values = values,
            .words = words,
            .classes = classes,
            .targets = {}};
  }
};

struct Model {
  std::unique_ptr<DeepModule> module;
  std::vector<float> x;
  std::vector<float> buffers;

  explicit Model(const DeepSpec& spec) : module(load_deep_plugin(1)(spec)) {
    Stream stream(StreamKey{3});
    x.resize(size(module->parameters()));
    buffers.resize(size(module->buffers()));
    module->initialize(x, [&stream] { return stream.uniform(); });
    module->initialize_buffers(buffers);
  }

  static std::size_t size(const std::vector<DeepTensor>& tensors) {
    std::size_t total = 0;
    for (const DeepTensor& tensor : tensors)
      total += static_cast<std::size_t>(std::accumulate(tensor.shape.begin(), tensor.shape.end(),
                                                        std::int64_t{1}, std::multiplies<>()));
    return total;
  }
};

struct Step {
  double loss = 0.0;
  std::vector<float> gradient;
  std::vector<float> buffers;
  friend bool operator==(const Step&, const Step&) = default;
};

Step train(Model& model, const Rows& rows, std::uint64_t seed = 5) {
  Step step;
  step.buffers = model.buffers;
  step.gradient.assign(model.x.size(), 77.0F);  // to be overwritten
  step.loss = model.module->train(model.x, step.buffers, rows.batch(), seed, step.gradient);
  return step;
}

class DeepModuleTest : public ::testing::TestWithParam<Case> {
 protected:
  const DeepSpec& spec() const { return GetParam().spec; }
};

TEST_P(DeepModuleTest, HasTheParametersOfThePyTorchModel) {
  const Model model(spec());
  EXPECT_EQ(model.x.size(), GetParam().dimension);
  EXPECT_EQ(model.buffers.size(), GetParam().buffers);
  EXPECT_TRUE(model.module->frozen().empty());
}

TEST_P(DeepModuleTest, StartsNearTheLossOfGuessing) {
  Model model(spec());
  const Rows rows(spec());
  const double loss = model.module->loss(model.x, model.buffers, rows.batch(), 1.0, {}) / 4.0;
  EXPECT_NEAR(loss, std::log(static_cast<double>(spec().outputs)), 0.35);
}

TEST_P(DeepModuleTest, GivesTheSameBitsEveryTimeAndWhereverTheVectorsLie) {
  Model model(spec());
  const Rows rows(spec());
  const Step first = train(model, rows);
  for (int k = 0; k < 3; ++k) EXPECT_TRUE(train(model, rows) == first) << "call " << k + 2;

  // One float further on, as a part of a larger vector may lie.
  std::vector<float> moved_x(model.x.size() + 1);
  std::copy(model.x.begin(), model.x.end(), moved_x.begin() + 1);
  std::vector<float> moved_gradient(model.x.size() + 1);
  std::vector<float> buffers = model.buffers;
  const double loss = model.module->train(std::span(moved_x).subspan(1), buffers, rows.batch(), 5,
                                          std::span(moved_gradient).subspan(1));
  EXPECT_EQ(loss, first.loss);
  EXPECT_TRUE(std::equal(first.gradient.begin(), first.gradient.end(), moved_gradient.begin() + 1));

  Model other(spec());
  EXPECT_TRUE(train(other, rows) == first) << "another instance";
  Step on_thread;
  std::thread([&] { on_thread = train(other, rows); }).join();
  EXPECT_TRUE(on_thread == first) << "another thread";
}

TEST_P(DeepModuleTest, TheLossFallsAlongTheGradientAsItSays) {
  Model model(spec());
  const Rows rows(spec());
  std::vector<float> gradient(model.x.size(), 0.0F);
  const double before =
      model.module->loss(model.x, model.buffers, rows.batch(), 0.25, gradient) / 4.0;
  double squared = 0.0;
  for (const float g : gradient) squared += static_cast<double>(g) * static_cast<double>(g);
  ASSERT_GT(squared, 0.0);
  const double step = 2e-3 / std::sqrt(squared);
  std::vector<float> up = model.x;
  std::vector<float> down = model.x;
  for (std::size_t j = 0; j < up.size(); ++j) {
    up[j] += static_cast<float>(step) * gradient[j];
    down[j] -= static_cast<float>(step) * gradient[j];
  }
  const double above = model.module->loss(up, model.buffers, rows.batch(), 1.0, {}) / 4.0;
  const double below = model.module->loss(down, model.buffers, rows.batch(), 1.0, {}) / 4.0;
  EXPECT_NEAR((above - below) / (2.0 * step * squared), 1.0, 0.05);
  EXPECT_GT(above, before);
  EXPECT_LT(below, before);
}

TEST_P(DeepModuleTest, ChunksOfAnEvaluationAddUp) {
  Model model(spec());
  const Rows rows(spec());
  std::vector<float> whole(model.x.size(), 0.0F);
  const double loss = model.module->loss(model.x, model.buffers, rows.batch(), 0.25, whole);
  std::vector<float> parts(model.x.size(), 0.0F);
  double sum = 0.0;
  std::uint64_t correct = 0;
  const std::size_t row = std::max(rows.values.size(), rows.words.size()) / 4;
  for (std::size_t r = 0; r < 4; ++r) {
    DeepBatch batch = rows.batch();
    batch.rows = 1;
    if (!batch.values.empty()) batch.values = batch.values.subspan(r * row, row);
    if (!batch.words.empty()) batch.words = batch.words.subspan(r * row, row);
    batch.classes = batch.classes.subspan(r, 1);
    sum += model.module->loss(model.x, model.buffers, batch, 0.25, parts);
    correct += model.module->correct(model.x, model.buffers, batch);
  }
  EXPECT_NEAR(sum, loss, 1e-4);
  EXPECT_EQ(correct, model.module->correct(model.x, model.buffers, rows.batch()));
  double error = 0.0;
  double norm = 0.0;
  for (std::size_t j = 0; j < whole.size(); ++j) {
    error += std::pow(static_cast<double>(whole[j] - parts[j]), 2);
    norm += std::pow(static_cast<double>(whole[j]), 2);
  }
  EXPECT_LT(std::sqrt(error / norm), 1e-4);
}

TEST_P(DeepModuleTest, OnlyTrainingChangesTheBuffers) {
  Model model(spec());
  const Rows rows(spec());
  const std::vector<float> before = model.buffers;
  std::vector<float> gradient(model.x.size(), 0.0F);
  model.module->loss(model.x, model.buffers, rows.batch(), 1.0, gradient);
  model.module->correct(model.x, model.buffers, rows.batch());
  EXPECT_EQ(model.buffers, before);
  const Step step = train(model, rows);
  EXPECT_EQ(step.buffers == before, before.empty());
  // Two nodes that share a module do not share their buffers.
  EXPECT_TRUE(train(model, rows) == step);
}

TEST_P(DeepModuleTest, ComesBackFromItsFile) {
  Model model(spec());
  const Rows rows(spec());
  for (float& value : model.buffers) value += 0.25F;
  const double loss = model.module->loss(model.x, model.buffers, rows.batch(), 1.0, {});
  const auto file = std::filesystem::temp_directory_path() /
                    ("hearsay-" + GetParam().label + "-" + std::to_string(getpid()) + ".pt");
  model.module->save(model.x, model.buffers, file.string());
  // A view that took the whole flat vector along would make the file many times as large.
  EXPECT_LT(std::filesystem::file_size(file),
            4 * model.x.size() + 4 * model.buffers.size() + 300'000);

  DeepSpec imported = spec();
  imported.model = "torchscript";
  imported.path = file.string();
  Model loaded(imported);
  EXPECT_EQ(loaded.x, model.x);
  ASSERT_EQ(loaded.buffers.size(), model.buffers.size());
  EXPECT_NEAR(loaded.module->loss(loaded.x, loaded.buffers, rows.batch(), 1.0, {}), loss,
              1e-4 * (1.0 + loss));
  // Saved or not, the module goes on.
  EXPECT_EQ(model.module->loss(model.x, model.buffers, rows.batch(), 1.0, {}), loss);
  std::filesystem::remove(file);
}

INSTANTIATE_TEST_SUITE_P(All, DeepModuleTest, ::testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.label; });

TEST(DeepModules, DropoutFollowsItsSeed) {
  const DeepSpec spec = spec_of("mnist-cnn", {1, 28, 28}, 10, cnn(4, 6, 20, 0.5));
  Model model(spec);
  const Rows rows(spec);
  const Step one = train(model, rows, 1);
  EXPECT_FALSE(train(model, rows, 2) == one);
  EXPECT_TRUE(train(model, rows, 1) == one);
  // Also when another thread draws at the same time.
  Model other(spec);
  std::thread noise([&] {
    for (std::uint64_t k = 0; k < 20; ++k) train(other, rows, 100 + k);
  });
  for (int k = 0; k < 20; ++k) EXPECT_TRUE(train(model, rows, 1) == one);
  noise.join();
}

/// The other losses are of one score s: log(1 + exp(s)) - y s, and (s - y)^2.
TEST(DeepModules, OneScoreHasItsLosses) {
  for (const char* loss : {"binary-cross-entropy", "mse"}) {
    DeepSpec spec = spec_of("mnist-cnn", {1, 28, 28}, 1, cnn(4, 6, 20, 0));
    spec.loss = loss;
    Model model(spec);
    Rows rows(spec, 1);
    const auto of_target = [&](float y) {
      const std::vector<float> target = {y};
      const DeepBatch batch{
          .rows = 1, .values = rows.values, .words = {}, .classes = {}, .targets = target};
      return model.module->loss(model.x, model.buffers, batch, 1.0, {});
    };
    const bool squares = std::string(loss) == "mse";
    const double s = squares ? (of_target(0) - of_target(1) + 1) / 2 : of_target(0) - of_target(1);
    EXPECT_NE(s, 0.0);
    EXPECT_NEAR(of_target(0), squares ? s * s : std::log1p(std::exp(s)), 1e-5);
    if (squares) {
      EXPECT_NEAR(of_target(3), (s - 3) * (s - 3), 1e-4);
    }

    // One step down the gradient lowers the loss by as much as the gradient says.
    const std::vector<float> target = {1.0F};
    const DeepBatch batch{
        .rows = 1, .values = rows.values, .words = {}, .classes = {}, .targets = target};
    std::vector<float> gradient(model.x.size());
    const double before = model.module->train(model.x, model.buffers, batch, 1, gradient);
    EXPECT_NEAR(before, of_target(1), 1e-6);
    double squared = 0.0;
    for (const float g : gradient) squared += static_cast<double>(g) * static_cast<double>(g);
    const double step = 1e-3 / std::sqrt(squared);
    for (std::size_t j = 0; j < gradient.size(); ++j)
      model.x[j] -= static_cast<float>(step) * gradient[j];
    EXPECT_NEAR((before - of_target(1)) / (step * squared), 1.0, 0.05) << loss;
    if (!squares) {
      EXPECT_EQ(model.module->correct(model.x, model.buffers, batch), s > 0 ? 1U : 0U);
    }
  }
}

TEST(DeepModules, MoreThreadsGiveTheSameButForRounding) {
  const DeepSpec one = spec_of("mnist-cnn", {1, 28, 28}, 10, cnn(20, 50, 500, 0));
  DeepSpec two = one;
  two.threads = 2;
  Model a(one);
  const Rows rows(one, 32);
  const Step expected = train(a, rows);
  Step found;
  // On a thread of its own: OpenMP keeps the number by thread.
  std::thread([&] {
    Model b(two);
    found = train(b, rows);
  }).join();
  EXPECT_NEAR(found.loss, expected.loss, 1e-5);
  Model again(one);
  EXPECT_TRUE(train(again, rows) == expected) << "one thread is one thread again";
}

std::string message_of(const DeepSpec& spec) {
  try {
    load_deep_plugin(1)(spec);
  } catch (const DeepModelError& error) {
    return error.what();
  }
  return "nothing thrown";
}

TEST(DeepModules, SaysWhatDoesNotFit) {
  EXPECT_THAT(message_of(spec_of("mnist-cnn", {1, 8, 8}, 10, cnn(4, 6, 20, 0))),
              HasSubstr("needs larger images"));
  EXPECT_THAT(message_of(spec_of("resnet18", {64}, 10)), HasSubstr("needs images"));
  EXPECT_THAT(message_of(spec_of("imdb-lstm", {64}, 2)), HasSubstr("word numbers"));

  DeepSpec imported = spec_of("torchscript", {64}, 10);
  imported.path = "no/such/file.pt";
  EXPECT_THAT(message_of(imported), HasSubstr("no/such/file.pt: there is no such file"));
  const auto file = std::filesystem::temp_directory_path() /
                    ("hearsay-broken-" + std::to_string(getpid()) + ".pt");
  std::ofstream(file) << "this is no archive";
  imported.path = file.string();
  EXPECT_THAT(message_of(imported), HasSubstr("no TorchScript file"));
  std::filesystem::remove(file);
}

TEST(DeepModules, AWrongInputIsRefusedWithTheTensorsNames) {
  Model model(spec_of("mnist-cnn", {1, 28, 28}, 10, cnn(4, 6, 20, 0)));
  const auto file =
      std::filesystem::temp_directory_path() / ("hearsay-cnn-" + std::to_string(getpid()) + ".pt");
  model.module->save(model.x, model.buffers, file.string());
  DeepSpec wrong = spec_of("torchscript", {3, 28, 28}, 10);
  wrong.path = file.string();
  EXPECT_THAT(message_of(wrong), HasSubstr("fails for x = [2, 3, 28, 28] (float32)"));
  EXPECT_THAT(message_of(wrong), HasSubstr("conv1.weight [4, 1, 5, 5]"));
  wrong = spec_of("torchscript", {1, 28, 28}, 7);
  wrong.path = file.string();
  EXPECT_THAT(message_of(wrong), HasSubstr("gives [2, 10]"));
  EXPECT_THAT(message_of(wrong), HasSubstr("needs [2, 7]"));
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace hearsay
