#include "nodes/faults/shaper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

constexpr std::size_t kBytes = 936;  // of payload: 1000 with the header

class Shapers : public ::testing::Test {
 protected:
  Shapers() { plan.slowness = {1.0, 3.0, 1.0}; }

  static Envelope frame(NodeId from, NodeId to, std::uint64_t sequence, Round round = 1) {
    return {{.from = from, .to = to, .round = round, .sequence = sequence},
            std::make_shared<const Bytes>(kBytes)};
  }

  /// Receiver and sequence number of all that is due.
  static std::vector<std::pair<NodeId, std::uint64_t>> due(Shaper& shaper, double now) {
    std::vector<std::pair<NodeId, std::uint64_t>> result;
    while (const auto envelope = shaper.take(now))
      result.emplace_back(envelope->header.to, envelope->header.sequence);
    return result;
  }

  FaultPlan plan;
};

using Pair = std::pair<NodeId, std::uint64_t>;

TEST_F(Shapers, OfPerfectLinksHandOutAtOnceInOrder) {
  Shaper shaper(plan, 0);
  EXPECT_EQ(shaper.next(0.0), std::nullopt);
  shaper.send(frame(0, 2, 1), 1.0);
  shaper.send(frame(0, 1, 1), 1.0);
  shaper.send(frame(0, 2, 2), 1.0);
  EXPECT_THAT(due(shaper, 1.0), ElementsAre(Pair{2, 1}, Pair{1, 1}, Pair{2, 2}));
  EXPECT_EQ(shaper.next(1.0), std::nullopt);
}

TEST_F(Shapers, HoldFramesForAsLongAsTheyTake) {
  plan.links.rate = 8000.0;                               // a second each
  plan.edges[{0, 2}] = {.rate = 16000.0, .delay = 1.25};  // half a second, and 1.25 s under way
  Shaper shaper(plan, 0);
  for (std::uint64_t sequence : {1, 2}) {
    shaper.send(frame(0, 1, sequence), 0.0);
    shaper.send(frame(0, 2, sequence), 0.0);
  }
  EXPECT_THAT(shaper.next(0.0), Optional(1.0));
  EXPECT_THAT(due(shaper, 0.999), IsEmpty());
  EXPECT_THAT(due(shaper, 1.0), ElementsAre(Pair{1, 1}));
  EXPECT_THAT(shaper.next(1.0), Optional(1.75));
  EXPECT_THAT(due(shaper, 10.0), ElementsAre(Pair{2, 1}, Pair{1, 2}, Pair{2, 2}));
}

TEST_F(Shapers, SendDuplicatesRightBehind) {
  plan.links.duplication = 1.0;
  Shaper shaper(plan, 0);
  shaper.send(frame(0, 1, 1), 0.0);
  shaper.send(frame(0, 1, 2), 0.0);
  EXPECT_THAT(due(shaper, 0.0), ElementsAre(Pair{1, 1}, Pair{1, 1}, Pair{1, 2}, Pair{1, 2}));
  EXPECT_EQ(shaper.counts(), (LinkCounts{.duplicate_frames = 2, .duplicate_bytes = 2000}));
}

TEST_F(Shapers, LetAStragglerBeBusyForItsFactor) {
  Shaper shaper(plan, 1);
  shaper.computed(10.0, 10.5);
  EXPECT_EQ(shaper.busy_until(), 11.5);
  shaper.send(frame(1, 0, 1), 10.5);
  EXPECT_THAT(shaper.next(10.5), Optional(11.5));
  EXPECT_THAT(due(shaper, 11.4), IsEmpty());
  // What it computes meanwhile begins when it is done.
  shaper.computed(11.0, 11.25);
  EXPECT_EQ(shaper.busy_until(), 12.25);
  shaper.send(frame(1, 0, 2), 11.25);
  EXPECT_THAT(due(shaper, 11.5), ElementsAre(Pair{0, 1}));
  EXPECT_THAT(due(shaper, 12.25), ElementsAre(Pair{0, 2}));
  EXPECT_THAT(shaper.next(12.25), std::nullopt);
}

TEST_F(Shapers, SayWhenAStragglerIsDoneThatSendsNothing) {
  Shaper shaper(plan, 1);
  shaper.computed(0.0, 1.0);
  EXPECT_THAT(shaper.next(1.0), Optional(3.0));
  EXPECT_EQ(shaper.next(3.0), std::nullopt);
}

TEST_F(Shapers, OfOtherNodesAreNotBusy) {
  Shaper shaper(plan, 0);
  shaper.computed(10.0, 10.5);
  EXPECT_LE(shaper.busy_until(), 10.5);
}

TEST_F(Shapers, BehaveAsTheLinkModelDoes) {
  plan.seed = 5;
  plan.links = {.rate = 1e5, .delay = 0.1, .jitter = 0.5, .loss = 0.3, .duplication = 0.3};
  plan.partitions = {{.outage = {.from = 3, .to = 6, .seconds = 2.0}, .group = {0, 1, 0}}};
  Shaper shaper(plan, 0);
  LinkModel model = plan.link(0, 1);
  for (std::uint64_t k = 1; k <= 100; ++k) {
    const double now = 0.05 * static_cast<double>(k);
    const Round t = 1 + k / 10;
    shaper.send(frame(0, 1, k, t), now);
    const auto delivery = model.send(now, t, k, 1000);
    ASSERT_THAT(shaper.next(now), Optional(delivery.arrives));
    EXPECT_EQ(due(shaper, delivery.arrives).size(), delivery.duplicated ? 2U : 1U);
  }
  EXPECT_EQ(shaper.counts(), model.counts());
  EXPECT_GT(shaper.counts().resent_frames, 20U);
}

}  // namespace
}  // namespace hearsay
