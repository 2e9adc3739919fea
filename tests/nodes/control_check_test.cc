#include "nodes/control_check.h"

#include <gtest/gtest.h>

#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

class ControlCheck : public ::testing::Test {
 protected:
  std::string wrong(const ControlMessage& message) const {
    return what_is_wrong(experiment_, message).value_or("");
  }
  std::string wrong_offer(std::size_t sketch, std::size_t layers) const {
    ControlMessage message{.kind = ControlKind::offer};
    message.offer.sketch.resize(sketch);
    message.offer.layers.layers.resize(layers);
    return wrong(message);
  }

  const Experiment experiment_ = experiment_of(
      "topology: {graph: ring, nodes: 3}\n"
      "objective: {model: quadratic, dimension: 8}\n"
      "algorithm: {name: dpsgd, learning_rate: 0.1}\n"
      "run: {rounds: 4, consensus: projection, projections: 6}\n");
};

TEST_F(ControlCheck, OffersFitTheModel) {
  EXPECT_EQ(wrong_offer(6, 1), "");
  EXPECT_EQ(wrong_offer(0, 0), "") << "as a server says";
  EXPECT_EQ(wrong_offer(5, 1), "it projects its model to 5 values, needed are 6");
  EXPECT_EQ(wrong_offer(6, 2), "it tells of 2 layers, there are 1");
}

TEST_F(ControlCheck, NodesThatAreSpokenOfAreThere) {
  const auto stalled = [&](std::vector<std::uint64_t> integers) {
    return wrong({.kind = ControlKind::stalled, .integers = std::move(integers)});
  };
  EXPECT_EQ(stalled({0, 2, 100, 3}), "");
  EXPECT_EQ(stalled({0, 3, 100, 3}), "it waits for node 3, there are 3");
  EXPECT_EQ(stalled({0, 1, 100}), "it does not say how long each node has been silent");
  EXPECT_EQ(wrong({.kind = ControlKind::finished, .traffic = {{.to = 2}}}), "");
  EXPECT_EQ(wrong({.kind = ControlKind::finished, .traffic = {{.to = 2}, {.to = 3}}}),
            "it has sent to node 3, there are 3");
}

TEST_F(ControlCheck, PeersAreAllThere) {
  const auto peers = [&](std::size_t listening, std::vector<std::uint64_t> integers) {
    return wrong({.kind = ControlKind::peers,
                  .texts = std::vector<std::string>(listening),
                  .integers = std::move(integers)});
  };
  EXPECT_EQ(peers(3, {17}), "");
  EXPECT_EQ(peers(3, {17, 0, 1, 0}), "");
  EXPECT_EQ(peers(2, {17}), "it says where 2 nodes listen, there are 3");
  EXPECT_EQ(peers(3, {17, 0, 1}), "it says of 2 nodes whether they are lost, there are 3");
}

}  // namespace
}  // namespace hearsay
