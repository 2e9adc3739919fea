// What holds for every objective of the registry; a new one is tested without a line here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/vector_ops.h"
#include "tests/core/objectives/objective_testing.h"
#include "tests/core/row_numbers.h"

namespace hearsay {
namespace {

using namespace testing;  // NOLINT: the helpers of this folder

struct Case {
  std::string label;
  std::string objective;
  Params given;
  bool sparse;

  friend void PrintTo(const Case& test, std::ostream* out) { *out << test.label; }
};

std::vector<Case> cases() {
  std::vector<Case> result;
  const auto add = [&](const std::string& name, const std::string& variant, const Params& given) {
    for (const bool sparse : {false, true}) {
      std::string label = name + variant + (sparse ? "_sparse" : "_dense");
      std::replace(label.begin(), label.end(), '-', '_');
      result.push_back({label, name, given, sparse});
    }
  };
  for (const PartInfo* part : objective_catalogue().parts())
    if (!is_deep(*part)) add(part->name, "", {});
  add("logistic", "_l2", settings({{"regularizer", "l2"}}));
  add("softmax", "_without_bias", settings({{"bias", false}, {"lambda", 0.3}}));
  add("mlp", "_tanh", settings({{"activation", "tanh"}, {"lambda", 0.1}}));
  add("mlp", "_deep", settings({{"hidden", std::vector<Value>{9, 1, 5}}, {"activation", "tanh"}}));
  add("mlp", "_without_hidden", settings({{"hidden", std::vector<Value>{}}}));
  add("least-squares", "_l2", settings({{"lambda", 0.5}}));
  return result;
}

/// 300 rows: more than a chunk of the network. 11 features: no multiple of a lane count.
std::shared_ptr<const Dataset> battery_data(bool sparse) {
  auto data = std::make_shared<Dataset>(
      load("synthetic",
           settings({{"rows", 300}, {"features", 11}, {"test_rows", 270}, {"noise", 0.5}})));
  for (Rows* rows : {&data->train, &data->test}) {
    for (float& value : rows->values)
      if (std::fabs(value) < 0.5F) value = 0.0F;
    if (sparse) *rows = to_sparse(*rows);
  }
  return data;
}

class ObjectiveBattery : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    data_ = battery_data(GetParam().sparse);
    objective_ = make_objective(GetParam().objective, GetParam().given, data_);
    // Multiples of 1/1024, so that x +- a step is exact.
    Stream stream(StreamKey{17});
    x_.resize(objective_->layout().dimension());
    for (float& value : x_)
      value = static_cast<float>(std::floor(1024.0 * (stream.uniform() - 0.5))) / 1024.0F;
  }

  /// The central difference of the loss by coordinate j.
  double difference(std::span<const std::uint32_t> rows, std::size_t j, float step) const {
    Workspace work;
    Vector moved = x_;
    moved[j] = x_[j] + step;
    const double above = objective_->evaluate(moved, {rows}, {}, work);
    moved[j] = x_[j] - step;
    const double below = objective_->evaluate(moved, {rows}, {}, work);
    return (above - below) / (2.0 * static_cast<double>(step));
  }

  bool uses_rows() const { return GetParam().objective != "quadratic"; }

  std::shared_ptr<const Dataset> data_;
  std::unique_ptr<Objective> objective_;
  Vector x_;
};

TEST_P(ObjectiveBattery, GradientIsTheSlopeOfTheLoss) {
  for (const std::size_t count : {1U, 30U, 300U}) {
    const auto rows = rows_up_to(count);
    const Result at = evaluate(*objective_, x_, rows);
    const std::size_t stride = std::max<std::size_t>(1, x_.size() / 60);
    const double tolerance = 5e-4 * (1.0 + std::sqrt(squared_norm(at.gradient)));
    for (std::size_t j = 0; j < x_.size(); j += stride) {
      const auto slope = at.gradient[j];
      // A corner of relu may lie inside the wide step, hardly ever inside the narrow one as well.
      if (std::fabs(slope - difference(rows, j, 0x1p-10F)) < tolerance) continue;
      EXPECT_NEAR(slope, difference(rows, j, 0x1p-13F), tolerance) << count << " rows, " << j;
    }
  }
}

TEST_P(ObjectiveBattery, LossIsTheSameWithAndWithoutGradient) {
  const auto rows = rows_up_to(270);
  Workspace work;
  EXPECT_EQ(evaluate(*objective_, x_, rows).loss, objective_->evaluate(x_, {rows}, {}, work));
}

TEST_P(ObjectiveBattery, BitsDependOnTheValuesAlone) {
  const std::size_t d = x_.size();
  for (const std::size_t count : {1U, 2U, 270U}) {
    const auto rows = rows_up_to(count);
    const Result expected = evaluate(*objective_, x_, rows);
    Workspace work;  // reused, and full of what a careless objective would take for zeros
    for (std::size_t shift = 0; shift < 8; ++shift) {
      for (float& value : work.floats(Workspace::Slot::objective, 20'000)) value = NAN;
      for (double& value : work.doubles(Workspace::Slot::objective, 20'000)) value = NAN;
      Vector x(d + 8);
      Vector gradient(d + 8, NAN);
      std::copy(x_.begin(), x_.end(), x.begin() + static_cast<std::ptrdiff_t>(shift));
      const auto view = VectorView(gradient).subspan(7 - shift, d);
      const double loss =
          objective_->evaluate(ConstVectorView(x).subspan(shift, d), {rows}, view, work);
      EXPECT_EQ(loss, expected.loss);
      EXPECT_TRUE(std::equal(view.begin(), view.end(), expected.gradient.begin())) << shift;
    }
  }
}

TEST_P(ObjectiveBattery, PartsAddUpToTheWhole) {
  if (!uses_rows()) GTEST_SKIP() << "takes no rows";
  const auto rows = rows_up_to(300);
  const Result whole = evaluate(*objective_, x_, rows);
  double loss = 0.0;
  std::vector<double> gradient(x_.size(), 0.0);
  for (std::size_t i = 0; i < 7; ++i) {
    const RowRange range = contiguous_range(300, 7, i);
    const std::size_t count = range.end - range.begin;
    const Result part = evaluate(*objective_, x_, std::span(rows).subspan(range.begin, count));
    const double share = static_cast<double>(count) / 300.0;
    loss += share * part.loss;
    accumulate(gradient, share, part.gradient);
  }
  EXPECT_NEAR(loss, whole.loss, 1e-12 * (1.0 + std::fabs(whole.loss)));
  for (std::size_t j = 0; j < gradient.size(); ++j)
    EXPECT_NEAR(gradient[j], whole.gradient[j], 1e-5);
}

TEST_P(ObjectiveBattery, CorrectAddsUpOverRangesOfTheTestRows) {
  Workspace work;
  const std::size_t all = objective_->test_rows();
  const auto whole = objective_->correct(x_, {}, rows_from(0, all), work);
  ASSERT_EQ(whole.has_value(), all > 0);
  if (!whole) return;
  EXPECT_EQ(all, 270U);
  EXPECT_LE(*whole, all);
  EXPECT_EQ(*objective_->correct(x_, {}, rows_from(0, 100), work) +
                *objective_->correct(x_, {}, rows_from(100, all), work),
            *whole);
  EXPECT_EQ(objective_->correct(x_, {}, rows_from(5, 5), work), std::optional<std::uint64_t>(0));
}

TEST_P(ObjectiveBattery, LayersFillTheModelAndX0IsAFunctionOfTheStream) {
  std::size_t next = 0;
  for (const Layer& layer : objective_->layout().layers()) {
    EXPECT_EQ(layer.offset, next);
    EXPECT_FALSE(layer.name.empty());
    next += layer.size;
  }
  EXPECT_EQ(next, x_.size());
  Vector a(x_.size(), NAN);
  Vector b(x_.size(), NAN);
  Stream one({3, Purpose::initial_model});
  Stream two({3, Purpose::initial_model});
  objective_->initialize(a, one);
  objective_->initialize(b, two);
  EXPECT_EQ(a, b);
  EXPECT_TRUE(all_finite(a));
}

TEST_P(ObjectiveBattery, DescendsAlongItsGradient) {
  Vector x = x_;
  const auto rows = rows_up_to(300);
  const Result at = evaluate(*objective_, x, rows);
  add_scaled(x, -1e-3F, at.gradient);
  const double expected = at.loss - 1e-3 * squared_norm(at.gradient);
  const double after = evaluate(*objective_, x, rows).loss;
  EXPECT_LT(after, at.loss);
  EXPECT_NEAR(after, expected, 0.2 * (at.loss - expected));
}

INSTANTIATE_TEST_SUITE_P(All, ObjectiveBattery, ::testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.label; });

TEST(Objectives, SparseAndDenseRowsGiveTheSame) {
  for (const PartInfo* part : objective_catalogue().parts()) {
    if (is_deep(*part)) continue;
    const auto dense = make_objective(part->name, {}, battery_data(false));
    const auto sparse = make_objective(part->name, {}, battery_data(true));
    Vector x(dense->layout().dimension());
    Stream stream(StreamKey{4});
    for (float& value : x) value = static_cast<float>(stream.uniform() - 0.5);
    const auto rows = rows_up_to(100);
    const Result a = evaluate(*dense, x, rows);
    const Result b = evaluate(*sparse, x, rows);
    EXPECT_NEAR(a.loss, b.loss, 1e-13 * (1.0 + a.loss)) << part->name;
    for (std::size_t j = 0; j < x.size(); ++j)
      EXPECT_NEAR(a.gradient[j], b.gradient[j], 1e-6) << part->name;
  }
}

/// Rows of bytes, and the same as floats.
std::pair<std::shared_ptr<const Dataset>, std::shared_ptr<const Dataset>> image_data() {
  auto bytes = std::make_shared<Dataset>();
  Stream stream(StreamKey{5});
  const std::vector<double> mean = {0.4, 0.1, 0.7};
  const std::vector<double> deviation = {0.3, 1.0, 0.2};
  for (Rows* rows : {&bytes->train, &bytes->test}) {
    rows->count = 300;
    rows->features = 21;  // three channels of 7
    std::vector<std::uint8_t> all(rows->count * rows->features);
    for (auto& byte : all) byte = static_cast<std::uint8_t>(stream.below(256));
    rows->keep_bytes(all, ByteValues::normalized(1.0 / 255.0, mean, deviation));
    for (std::size_t r = 0; r < rows->count; ++r)
      rows->labels.push_back(static_cast<double>(stream.below(2)));
  }
  bytes->classes = {0.0, 1.0};
  auto floats = std::make_shared<Dataset>(*bytes);
  for (Rows* rows : {&floats->train, &floats->test}) {
    Rows dense;
    dense.count = rows->count;
    dense.features = rows->features;
    dense.labels = rows->labels;
    for (std::size_t k = 0; k < rows->bytes.size(); ++k) {
      const std::size_t c = k % 21 / 7;
      dense.values.push_back(
          static_cast<float>((rows->bytes[k] * (1.0 / 255.0) - mean[c]) / deviation[c]));
    }
    *rows = dense;
  }
  return {bytes, floats};
}

TEST(Objectives, BytesGiveTheBitsOfTheFloatsThatTheyStandFor) {
  const auto [bytes, floats] = image_data();
  for (const char* name : {"logistic", "softmax", "mlp", "least-squares"}) {
    const auto a = make_objective(name, {}, bytes);
    const auto b = make_objective(name, {}, floats);
    Vector x(a->layout().dimension());
    Stream stream(StreamKey{4});
    for (float& value : x) value = static_cast<float>(stream.uniform() - 0.5);
    Workspace work;
    for (const std::size_t count : {1U, 100U, 300U}) {
      const auto rows = rows_up_to(count);
      const Result of_bytes = evaluate(*a, x, rows);
      const Result of_floats = evaluate(*b, x, rows);
      EXPECT_EQ(of_bytes.loss, of_floats.loss) << name;
      EXPECT_EQ(of_bytes.gradient, of_floats.gradient) << name;
      EXPECT_EQ(a->correct(x, {}, rows_from(0, a->test_rows()), work),
                b->correct(x, {}, rows_from(0, b->test_rows()), work))
          << name;
    }
  }
}

TEST(Objectives, ModelsOfFeaturesRefuseWordNumbers) {
  auto data = std::make_shared<Dataset>();
  data->name = "imdb";
  data->train.count = 2;
  data->train.features = 3;
  data->train.keep_words({0, 2, 3, 1, 2, 2});
  data->train.labels = {0, 1};
  data->classes = {0, 1};
  data->vocabulary = 4;
  for (const char* name : {"logistic", "softmax", "mlp", "least-squares"}) {
    EXPECT_EQ(key_of([&] { make_objective(name, {}, data); }), "data") << name;
    EXPECT_EQ(message_of<ParamError>([&] { make_objective(name, {}, data); }),
              std::string("imdb's rows are word numbers: allowed are imdb-lstm and torchscript; "
                          "found ") +
                  name);
  }
}

TEST(Objectives, ThoseOverRowsWantData) {
  for (const PartInfo* part : objective_catalogue().parts()) {
    if (part->name == "quadratic") continue;
    EXPECT_EQ(key_of([&] { make_objective(part->name, {}, nullptr); }), "data") << part->name;
  }
}

TEST(Objectives, ClassifiersWantClasses) {
  const auto one = dense_data(1, {1, 2}, {5, 5}, {5});
  const auto many = dense_data(1, {1, 2}, {5, 6}, {});
  for (const char* name : {"logistic", "softmax", "mlp"}) {
    EXPECT_EQ(key_of([&] { make_objective(name, {}, one); }), "data") << name;
    EXPECT_EQ(key_of([&] { make_objective(name, {}, many); }), "data") << name;
  }
  EXPECT_NO_THROW(make_objective("least-squares", {}, many));
}

}  // namespace
}  // namespace hearsay
