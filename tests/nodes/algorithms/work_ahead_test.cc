// What a node may compute while messages are under way: the gradient of combine-then-adapt.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "tests/core/vectors.h"
#include "tests/nodes/experiments.h"

namespace hearsay::testing {
namespace {

constexpr std::size_t kDimension = 7;

/// Two nodes, in the middle of a round: both have sent, and nothing has come.
class WorkAhead : public ::testing::Test {
 protected:
  struct Side {
    Node node;
    Workspace work;
    std::vector<Envelope> out;

    RoundEngine& engine() const { return *node.engine; }
    Vector model() const {
      const ConstVectorView x = engine().algorithm().model();
      return {x.begin(), x.end()};
    }
    VectorView gradient() {
      return work.floats(Workspace::Slot::gradient, engine().algorithm().model().size());
    }
  };

  explicit WorkAhead(const std::string& algorithm = "name: dpsgd, learning_rate: 0.5",
                     std::size_t dimension = kDimension)
      : experiment_(experiment_of("topology: {graph: complete, nodes: 2}\n"
                                  "objective: {model: quadratic, noise: 0.1, dimension: " +
                                  std::to_string(dimension) + "}\nalgorithm: {" + algorithm +
                                  "}\nrun: {rounds: 9}\n")) {
    for (NodeId id = 0; id < 2; ++id) sides_[id].node = experiment_.make_node(id);
  }

  void start() {
    for (Side& side : sides_) side.engine().start_round(side.work, side.out);
  }

  void exchange() {
    for (Side& side : sides_) {
      Side& other = sides_[1 - side.node.id];
      for (const Envelope& sent : other.out)
        EXPECT_FALSE(side.engine().on_frame(sent.header, sent.payload, side.work, side.out));
      EXPECT_TRUE(side.engine().round_done());
    }
    for (Side& side : sides_) side.out.clear();
  }

  Experiment experiment_;
  Side sides_[2];
};

TEST_F(WorkAhead, GivesTheSameModels) {
  std::vector<Vector> expected;
  for (int t = 0; t < 5; ++t) {
    start();
    exchange();
    expected.push_back(sides_[0].model());
  }
  for (NodeId id = 0; id < 2; ++id) sides_[id].node = experiment_.make_node(id);
  for (int t = 0; t < 5; ++t) {
    start();
    if (t != 2) sides_[0].engine().work_ahead(sides_[0].work);
    if (t % 2 == 0) sides_[0].engine().work_ahead(sides_[0].work);  // twice makes no difference
    exchange();
    EXPECT_EQ(sides_[0].model(), expected[t]) << "round " << t + 1;
  }
}

TEST_F(WorkAhead, ComputesTheGradientOfTheModelThatWasSentAndItIsTheOneThatCounts) {
  start();
  const Vector own = sides_[0].model();
  const Vector other = sides_[1].model();
  std::fill_n(sides_[0].gradient().begin(), kDimension, -1.0F);
  sides_[0].engine().work_ahead(sides_[0].work);
  for (const float value : sides_[0].gradient()) EXPECT_NE(value, -1.0F);
  EXPECT_EQ(sides_[0].model(), own);
  std::fill_n(sides_[0].gradient().begin(), kDimension, 2.0F);  // instead of another computation
  exchange();
  for (std::size_t j = 0; j < kDimension; ++j)
    EXPECT_FLOAT_EQ(sides_[0].model()[j], (own[j] + other[j]) / 2.0F - 0.5F * 2.0F);
}

TEST_F(WorkAhead, DoesNothingBetweenRounds) {
  start();
  exchange();
  std::fill_n(sides_[0].gradient().begin(), kDimension, -1.0F);
  sides_[0].engine().work_ahead(sides_[0].work);
  for (const float value : sides_[0].gradient()) EXPECT_EQ(value, -1.0F);
}

class WorkAheadOfAdaptThenCombine : public WorkAhead {
 protected:
  WorkAheadOfAdaptThenCombine()
      : WorkAhead("name: dpsgd, learning_rate: 0.5, order: adapt-then-combine") {}
};

TEST_F(WorkAheadOfAdaptThenCombine, HasNothingToDo) {
  start();
  std::fill_n(sides_[0].gradient().begin(), kDimension, -1.0F);
  sides_[0].engine().work_ahead(sides_[0].work);
  for (const float value : sides_[0].gradient()) EXPECT_EQ(value, -1.0F);
}

/// Of so many coordinates that the step is taken part by part.
class LongModels : public WorkAhead {
 protected:
  static constexpr std::size_t kLong = 100'003;

  explicit LongModels(const std::string& algorithm = "name: dpsgd, learning_rate: 0.5")
      : WorkAhead(algorithm, kLong) {}

  /// The first node's x after a round in which its gradient is `g`, and that of the other -g.
  Vector after(ConstVectorView g) {
    start();
    for (Side& side : sides_) side.engine().work_ahead(side.work);
    std::copy(g.begin(), g.end(), sides_[0].gradient().begin());
    std::transform(g.begin(), g.end(), sides_[1].gradient().begin(), std::negate<>());
    exchange();
    return sides_[0].model();
  }
};

TEST_F(LongModels, AreMixedAndSteppedWhole) {
  Vector before[2] = {sides_[0].model(), sides_[1].model()};
  for (std::uint64_t t = 1; t < 4; ++t) {
    const Vector g = gaussian_vector(kLong, t);
    const Vector x = after(g);
    for (std::size_t j = 0; j < kLong; ++j) {
      const float mixed = 0.5F * before[0][j] + 0.5F * before[1][j];
      ASSERT_EQ(x[j], mixed - 0.5F * g[j]) << "coordinate " << j << " of round " << t;
    }
    before[0] = x;
    before[1] = sides_[1].model();
  }
}

class LongModelsWithMoments : public LongModels {
 protected:
  LongModelsWithMoments() : LongModels("name: dadam, learning_rate: 0.5, bias_correction: true") {}
};

TEST_F(LongModelsWithMoments, CountOneStepARound) {
  // A vector of equal gradients moves all coordinates alike, whatever part they are in.
  for (int t = 0; t < 3; ++t) {
    const Vector before = sides_[0].model();
    const Vector other = sides_[1].model();
    const Vector x = after(Vector(kLong, 0.25F));
    const float moved = x[0] - (0.5F * before[0] + 0.5F * other[0]);
    EXPECT_NE(moved, 0.0F);
    for (std::size_t j = 0; j < kLong; ++j)
      ASSERT_NEAR(x[j] - (0.5F * before[j] + 0.5F * other[j]), moved, 1e-5) << j;
  }
}

}  // namespace
}  // namespace hearsay::testing
