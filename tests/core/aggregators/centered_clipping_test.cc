#include "core/aggregators/centered_clipping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/vector_ops.h"
#include "tests/core/aggregators/aggregator_testing.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;

TEST(CenteredClipping, AddsTheClippedDifferencesToTheLastAggregate) {
  // From (1, 0): differences (0, 4), cut to (0, 2), and (-1, 0), which is short enough.
  EXPECT_THAT(aggregate(CenteredClipping(2.0, 1), {{1, 4}, {0, 0}}, {1, 0}),
              ElementsAre(0.5F, 1.0F));
}

TEST(CenteredClipping, StartsEachIterationWhereTheLastOneEnded) {
  // 0 -> 1 -> 2 -> 2.5, with all vectors at 2.5 and tau = 1.
  EXPECT_THAT(aggregate(CenteredClipping(1.0, 2), {{2.5F}, {2.5F}}), ElementsAre(2.0F));
  EXPECT_THAT(aggregate(CenteredClipping(1.0, 3), {{2.5F}, {2.5F}}), ElementsAre(2.5F));
}

TEST(CenteredClipping, IsTheMeanWhereNothingIsClipped) {
  const std::vector<Vector> vectors = {gaussian_vector(100, 1), gaussian_vector(100, 2),
                                       gaussian_vector(100, 3)};
  const Vector found = aggregate(CenteredClipping(1e30, 1), vectors, gaussian_vector(100, 4));
  for (std::size_t j = 0; j < found.size(); ++j)
    EXPECT_NEAR(found[j], (vectors[0][j] + vectors[1][j] + vectors[2][j]) / 3, 1e-6);
}

TEST(CenteredClipping, LetsPoisonMoveItByItsShareOfTheRadiusAtMost) {
  constexpr std::size_t kDimension = 50;
  std::vector<Vector> vectors;
  for (std::size_t i = 0; i < 10; ++i) vectors.push_back(gaussian_vector(kDimension, i));
  const Vector center = gaussian_vector(kDimension, 20);
  for (const std::size_t iterations : {1U, 4U}) {
    const CenteredClipping rule(0.5, iterations);
    const Vector honest = aggregate(rule, vectors, center);
    for (const float size : {1.0F, 100.0F, FLT_MAX}) {
      std::vector<Vector> poisoned = vectors;
      for (float& value : poisoned[3]) value = -size;
      const Vector moved = aggregate(rule, poisoned, center);
      // Both differences are cut to tau, so the first iteration differs by 2 tau / n at most; the
      // later ones bring honest vectors nearer together, not farther apart.
      EXPECT_LE(std::sqrt(squared_distance(moved, honest)),
                static_cast<double>(iterations) * 2 * 0.5 / 10 * (1 + 1e-6));
      EXPECT_TRUE(all_finite(moved));
    }
  }
}

}  // namespace
}  // namespace hearsay
