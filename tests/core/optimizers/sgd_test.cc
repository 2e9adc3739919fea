#include "core/optimizers/sgd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/state.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;

TEST(Sgd, StepsAgainstTheGradient) {
  const auto sgd = make_optimizer("sgd", {}, 2);
  Vector x{1.0F, 2.0F};
  sgd->step(x, Vector{4.0F, -8.0F}, 0.25);
  EXPECT_THAT(x, ElementsAre(0.0F, 4.0F));
  EXPECT_TRUE(saved(*sgd).vectors.empty());
}

TEST(Sgd, DirectionIsTheGradient) {
  Vector g{4.0F, -8.0F};
  make_optimizer("sgd", {}, 2)->direction(g);
  EXPECT_THAT(g, ElementsAre(4.0F, -8.0F));
}

TEST(Sgd, RollsLikeAHeavyBall) {
  // mu 1/2, g = 1 each time: a = 1, 1.5, 1.75.
  const auto sgd = make_optimizer("sgd", settings({{"momentum", 0.5}}), 1);
  Vector x{0.0F};
  for (const float expected : {-1.0F, -2.5F, -4.25F}) {
    sgd->step(x, Vector{1.0F}, 1.0);
    EXPECT_EQ(x[0], expected);
  }
  EXPECT_THAT(saved(*sgd).at("momentum"), ElementsAre(1.75F));
}

TEST(Sgd, DecayOfBothKindsIsTheSameWithoutMomentum) {
  for (const char* kind : {"coupled", "decoupled"}) {
    const auto sgd =
        make_optimizer("sgd", settings({{"weight_decay", 0.5}, {"weight_decay_kind", kind}}), 1);
    Vector x{8.0F};
    sgd->step(x, Vector{1.0F}, 0.25);
    EXPECT_EQ(x[0], 6.75F) << kind;  // 8 - (1 + 4) / 4
  }
}

TEST(Sgd, MomentumKeepsCoupledDecayOnly) {
  // mu 1/2, wd 1/2, eta 1/4, g = 0, from 8. coupled: a = 4, x = 7; a = 2 + 3.5, x = 5.625.
  // decoupled: x = 7, then 7 - 3.5 / 4.
  for (const bool coupled : {true, false}) {
    const auto sgd =
        make_optimizer("sgd",
                       settings({{"momentum", 0.5},
                                 {"weight_decay", 0.5},
                                 {"weight_decay_kind", coupled ? "coupled" : "decoupled"}}),
                       1);
    Vector x{8.0F};
    sgd->step(x, Vector{0.0F}, 0.25);
    EXPECT_EQ(x[0], 7.0F);
    sgd->step(x, Vector{0.0F}, 0.25);
    EXPECT_EQ(x[0], coupled ? 5.625F : 6.125F);
  }
}

}  // namespace
}  // namespace hearsay
