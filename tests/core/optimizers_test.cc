// What every optimizer must do, whatever its rule: walks the registry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/optimizer.h"
#include "tests/core/state.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr std::size_t kDimension = 37;

std::vector<std::string> names() {
  return optimizer_catalogue().names();
}

class Optimizers : public ::testing::TestWithParam<std::string> {
 protected:
  /// The optimizer with every option that it has turned on, or with its defaults.
  std::unique_ptr<Optimizer> make(bool options) const {
    Params algorithm;
    if (options) {
      algorithm.set("momentum", 0.9);
      algorithm.set("bias_correction", true);
    }
    return make_optimizer(GetParam(), algorithm, kDimension);
  }
  std::unique_ptr<Optimizer> make_with(const std::string& key, const Value& value) const {
    Params algorithm;
    algorithm.set(key, value);
    return make_optimizer(GetParam(), algorithm, kDimension);
  }
};

INSTANTIATE_TEST_SUITE_P(Registry, Optimizers, ::testing::ValuesIn(names()),
                         [](const auto& name) { return name.param; });

TEST_P(Optimizers, StepAlongTheirDirectionBitForBit) {
  for (const bool options : {false, true}) {
    const auto stepping = make(options);
    const auto asked = make(options);
    Vector x = gaussian_vector(kDimension, 1);
    const double rate = 0.01;
    for (std::uint64_t t = 2; t < 12; ++t) {
      const Vector g = gaussian_vector(kDimension, t);
      Vector direction = g;
      asked->direction(direction);
      Vector expected = x;
      for (std::size_t j = 0; j < kDimension; ++j)
        expected[j] = x[j] - static_cast<float>(rate) * direction[j];
      stepping->step(x, g, rate);
      ASSERT_EQ(bits_of(x), bits_of(expected)) << t;
    }
  }
}

TEST_P(Optimizers, ContinueBitForBitFromTheirState) {
  for (const bool options : {false, true}) {
    const auto first = make(options);
    Vector x = gaussian_vector(kDimension, 1);
    for (std::uint64_t t = 2; t < 6; ++t) first->step(x, gaussian_vector(kDimension, t), 0.1);
    const auto resumed = make(options);
    copy_state(*first, *resumed);
    Vector y = x;
    for (std::uint64_t t = 6; t < 10; ++t) {
      first->step(x, gaussian_vector(kDimension, t), 0.1);
      resumed->step(y, gaussian_vector(kDimension, t), 0.1);
    }
    EXPECT_EQ(bits_of(x), bits_of(y));
  }
}

TEST_P(Optimizers, StepPartByPartAsAtOnce) {
  for (const bool options : {false, true}) {
    const auto whole = make(options);
    const auto parts = make(options);
    Vector x = gaussian_vector(kDimension, 1);
    Vector y = x;
    for (std::uint64_t t = 2; t < 6; ++t) {
      const Vector g = gaussian_vector(kDimension, t);
      whole->step(x, g, 0.1);
      for (std::size_t begin = 0, size = t; begin < kDimension; begin += size) {
        size = std::min(size + 5, kDimension - begin);
        parts->step_part(begin, VectorView(y).subspan(begin, size),
                         ConstVectorView(g).subspan(begin, size), 0.1);
      }
      ASSERT_EQ(bits_of(x), bits_of(y)) << t;
    }
  }
}

TEST_P(Optimizers, ShrinkTheModelByDecoupledDecay) {
  // With no gradient the direction is zero, and x <- x - eta (0 + wd x).
  const auto optimizer = make_with("weight_decay", 0.5);
  Vector x{gaussian_vector(kDimension, 1)};
  Vector expected = x;
  for (float& value : expected) value -= 0.1F * (0.5F * value);
  optimizer->step(x, Vector(kDimension), 0.1);
  EXPECT_EQ(bits_of(x), bits_of(expected));
}

TEST_P(Optimizers, AddCoupledDecayToTheGradient) {
  Params algorithm;
  algorithm.set("weight_decay", 0.5);
  algorithm.set("weight_decay_kind", "coupled");
  const auto coupled = make_optimizer(GetParam(), algorithm, kDimension);
  const auto plain = make(false);
  Vector x = gaussian_vector(kDimension, 1);
  Vector y = x;
  for (std::uint64_t t = 2; t < 6; ++t) {
    Vector g = gaussian_vector(kDimension, t);
    coupled->step(x, g, 0.1);
    for (std::size_t j = 0; j < kDimension; ++j) g[j] += 0.5F * y[j];
    plain->step(y, g, 0.1);
    ASSERT_EQ(bits_of(x), bits_of(y));
  }
}

TEST_P(Optimizers, KnowNoModelInTheirDirection) {
  for (const char* kind : {"coupled", "decoupled"}) {
    Params algorithm;
    algorithm.set("weight_decay", 0.5);
    algorithm.set("weight_decay_kind", kind);
    Vector a = gaussian_vector(kDimension, 1);
    Vector b = a;
    make_optimizer(GetParam(), algorithm, kDimension)->direction(a);
    make(false)->direction(b);
    EXPECT_EQ(bits_of(a), bits_of(b));
  }
}

TEST_P(Optimizers, GiveTheSameBitsAtAnyAlignment) {
  for (std::size_t offset = 0; offset < 8; ++offset) {
    const auto here = make(true);
    const auto there = make(true);
    Vector x = gaussian_vector(kDimension, 1);
    Vector shifted(offset + kDimension);
    const VectorView y = VectorView(shifted).subspan(offset);
    std::copy(x.begin(), x.end(), y.begin());
    for (std::uint64_t t = 2; t < 5; ++t) {
      const Vector g = gaussian_vector(kDimension, t);
      here->step(x, g, 0.1);
      there->step(y, g, 0.1);
    }
    EXPECT_EQ(bits_of(x), bits_of(y)) << offset;
  }
}

TEST(MakeOptimizer, TakesItsKeysOutOfTheAlgorithm) {
  // beta1 = 0 and beta2 = 0: a = g / sqrt(g^2 + epsilon). The other keys belong to others.
  const Params algorithm = settings({{"name", "choco-amsgrad"},
                                     {"learning_rate", 0.1},
                                     {"beta1", 0},
                                     {"beta2", 0.0},
                                     {"epsilon", 7.0},
                                     {"gossip_step", "auto"}});
  Vector g{3.0F};
  make_optimizer("amsgrad", algorithm, 1)->direction(g);
  EXPECT_EQ(g[0], 0.75F);
}

TEST(MakeOptimizer, FillsInTheDefaults) {
  Vector by_default{0.3F, -2.0F};
  Vector spelled_out = by_default;
  make_optimizer("amsgrad", {}, 2)->direction(by_default);
  make_optimizer("amsgrad",
                 settings({{"beta1", 0.9},
                           {"beta2", 0.99},
                           {"epsilon", 1e-8},
                           {"bias_correction", false},
                           {"weight_decay", 0.0}}),
                 2)
      ->direction(spelled_out);
  EXPECT_EQ(bits_of(by_default), bits_of(spelled_out));
}

TEST(MakeOptimizer, RefusesAnUnknownName) {
  EXPECT_THAT(message_of<std::logic_error>([] { make_optimizer("adamax", {}, 1); }),
              ::testing::HasSubstr("adamax"));
}

TEST(OptimizerRegistry, NamesEachPartOnceWithASummary) {
  std::set<std::string> seen;
  for (const PartInfo* part : optimizer_catalogue().parts()) {
    EXPECT_TRUE(seen.insert(part->name).second) << part->name;
    EXPECT_NE(part->summary, "");
    for (const Param& param : part->params) EXPECT_NE(param.help, "") << param.name;
  }
  EXPECT_THAT(seen, ::testing::IsSupersetOf({"amsgrad", "adam", "sgd"}));
}

}  // namespace
}  // namespace hearsay
