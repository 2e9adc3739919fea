#include "core/aggregators/clipped_gossip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/vector_ops.h"
#include "tests/core/aggregators/aggregator_testing.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kDimension = 300;

std::vector<Vector> vectors_of(std::size_t n) {
  std::vector<Vector> result;
  for (std::size_t i = 0; i < n; ++i) result.push_back(gaussian_vector(kDimension, i));
  return result;
}

TEST(ClippedGossip, AddsTheClippedDifferencesToTheOwnVector) {
  // From (1, 0): (0, 4) cut to (0, 2) and weighed 1/2; (-1, 0) weighed 1/4; the own one adds zero.
  EXPECT_THAT(aggregate(ClippedGossip(2.0), {{1, 4}, {0, 0}, {1, 0}}, {1, 0}, {0.5F, 0.25F, 0}),
              ElementsAre(0.75F, 1.0F));
}

TEST(ClippedGossip, WithoutClippingIsPlainGossipButForRounding) {
  const auto vectors = vectors_of(4);
  const Vector weights{0.4F, 0.1F, 0.3F, 0.2F};
  const Vector found = aggregate(ClippedGossip(HUGE_VAL), vectors, vectors[2], weights);
  for (std::size_t j = 0; j < kDimension; ++j) {
    double plain = 0.0;
    for (std::size_t i = 0; i < 4; ++i)
      plain += static_cast<double>(weights[i]) * static_cast<double>(vectors[i][j]);
    EXPECT_NEAR(found[j], plain, 2e-7 * (1 + std::fabs(plain)));
  }
}

TEST(ClippedGossip, MovesTheNodeByItsWeightsTimesTheRadiusAtMost) {
  for (const double tau : {0.01, 1.0, 20.0}) {
    for (const float size : {0.1F, 1.0F, 1e10F, FLT_MAX}) {
      auto vectors = vectors_of(5);
      for (Vector& vector : vectors)
        for (float& value : vector) value = std::copysign(size, value);
      const Vector own = gaussian_vector(kDimension, 30);
      vectors.push_back(own);
      const Vector found =
          aggregate(ClippedGossip(tau), vectors, own, {0.1F, 0.2F, 0.1F, 0.1F, 0.2F, 0.3F});
      EXPECT_TRUE(all_finite(found));
      EXPECT_LE(std::sqrt(squared_distance(found, own)), 0.7 * tau + 1e-5);
    }
  }
}

TEST(ClippedGossip, OfEqualRadiiKeepsTheMean) {
  // A path of four with Metropolis weights: what one takes the other gives.
  constexpr std::size_t kNodes = 4;
  const auto x = vectors_of(kNodes);
  const double third = 1.0 / 3.0;
  const double w[kNodes][kNodes] = {{2 * third, third, 0, 0},
                                    {third, third, third, 0},
                                    {0, third, third, third},
                                    {0, 0, third, 2 * third}};
  for (const double tau : {0.5, 5.0, 24.5, 1e3}) {  // distances are about sqrt(600)
    std::vector<double> change(kDimension, 0.0);
    double moved = 0.0;
    for (std::size_t i = 0; i < kNodes; ++i) {
      std::vector<Vector> heard;
      Vector weights;
      for (std::size_t j = 0; j < kNodes; ++j)
        if (w[i][j] > 0) {
          heard.push_back(x[j]);
          weights.push_back(static_cast<float>(w[i][j]));
        }
      const Vector next = aggregate(ClippedGossip(tau), heard, x[i], weights);
      accumulate(change, 1.0, next);
      accumulate(change, -1.0, x[i]);
      moved += squared_distance(next, x[i]);
    }
    EXPECT_GT(moved, 0.01);
    for (const double value : change) EXPECT_NEAR(value, 0.0, 1e-6) << tau;
  }
}

TEST(ClippedGossip, AdaptiveTakesTheDistanceOfTheFarthestNeighbourButForTheByzantine) {
  // Distances 1, 2, 5 and 1000: with b = 1 the farthest is cut to 5, with b = 2 two of them to 2.
  const std::vector<Vector> vectors = {{1, 0}, {0, -2}, {5, 0}, {0, 1000}, {0, 0}};
  const Vector weights{0.1F, 0.1F, 0.1F, 0.1F, 0.6F};
  const auto adaptive = [&](std::size_t b) {
    return aggregate(ClippedGossip(b), vectors, {0, 0}, weights);
  };
  EXPECT_THAT(adaptive(1), ElementsAre(::testing::FloatEq(0.6F), ::testing::FloatEq(0.3F)));
  EXPECT_THAT(adaptive(2), ElementsAre(::testing::FloatEq(0.3F), ::testing::FloatNear(0, 1e-7F)));
}

TEST(ClippedGossip, AdaptiveRadiusIsBoundedByAnHonestDistance) {
  const auto honest = vectors_of(6);
  const Vector own = gaussian_vector(kDimension, 40);
  double farthest = 0.0;
  for (const Vector& vector : honest)
    farthest = std::max(farthest, std::sqrt(squared_distance(vector, own)));
  for (const float size : {10.0F, 1e20F}) {
    auto vectors = honest;
    for (std::size_t f = 0; f < 2; ++f) vectors.emplace_back(kDimension, size);
    vectors.push_back(own);
    Vector only_poison(vectors.size(), 0.0F);  // what the two of them can do
    only_poison[6] = only_poison[7] = 0.1F;
    const Vector moved = aggregate(ClippedGossip(std::size_t{2}), vectors, own, only_poison);
    EXPECT_LE(std::sqrt(squared_distance(moved, own)), 0.2 * farthest * (1 + 1e-6));
  }
}

TEST(ClippedGossip, AdaptiveNeedsMoreNeighboursThanByzantineOnes) {
  const ClippedGossip rule(std::size_t{2});
  EXPECT_EQ(rule.impossible_for(4), std::nullopt);
  EXPECT_EQ(rule.impossible_for(1), std::nullopt);  // alone in a round of a changing graph
  EXPECT_THAT(rule.impossible_for(3).value_or(""),
              HasSubstr("stands 2 poisoned neighbours, and there are 2: allowed are at most 1"));
  EXPECT_EQ(ClippedGossip(1.0).impossible_for(2), std::nullopt);
  EXPECT_THAT(aggregate(rule, {{3, 4}}, {3, 4}), ElementsAre(3, 4));
}

TEST(ClippedGossip, TakesByzantineWithAnAdaptiveRadiusOnly) {
  const auto make = [](const Value& radius, bool byzantine) {
    Params given = settings({{"name", "clipped-gossip"}, {"radius", radius}});
    if (byzantine) given.set("byzantine", 1);
    return aggregator_of(given);
  };
  EXPECT_NE(make(0.5, false), nullptr);
  EXPECT_NE(make("adaptive", true), nullptr);
  EXPECT_EQ(key_of([&] { make(0.5, true); }), "byzantine");
  EXPECT_EQ(key_of([&] { make("adaptive", false); }), "byzantine");
}

}  // namespace
}  // namespace hearsay
