#include "nodes/quota.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/random.h"

namespace hearsay {
namespace {

TEST(Quota, SharesOutNodesTimesRoundsAndNoMore) {
  Quota quota;
  quota.begin(10, 20, {true, true, true, true});
  Round granted = 0;
  for (NodeId node = 0; granted < 40; node = (node + 1) % 4) {
    const Round grant = quota.want(node, 1000);
    ASSERT_GE(grant, 1U);
    EXPECT_LE(grant, std::max<Round>(1, (40 - granted) / 8)) << "nobody takes what others could do";
    granted += grant;
    EXPECT_EQ(quota.round(), 10 + granted / 4);
    EXPECT_FALSE(quota.used_up());
  }
  EXPECT_EQ(granted, 40U);
  for (NodeId node = 0; node < 4; ++node) {
    EXPECT_FALSE(quota.used_up());
    EXPECT_EQ(quota.want(node, 5), 0U);
  }
  EXPECT_TRUE(quota.used_up());
}

TEST(Quota, ANodeThatIsHeldUpIsNotWaitedFor) {
  Quota quota;
  quota.begin(0, 1, {true, true});
  EXPECT_EQ(quota.want(0, 3), 1U);
  quota.held(0);
  EXPECT_FALSE(quota.used_up()) << "there is a round left";
  EXPECT_EQ(quota.want(1, 1), 1U);
  EXPECT_FALSE(quota.used_up());
  EXPECT_EQ(quota.want(1, 1), 0U);
  EXPECT_TRUE(quota.used_up());
}

TEST(Quota, AStopFillsTheRoundThatHasBegun) {
  Quota quota;
  quota.begin(0, 100, {true, false, true, true});
  EXPECT_EQ(quota.want(0, 4), 4U);
  quota.stop();
  EXPECT_EQ(quota.want(2, 50), 1U);
  EXPECT_EQ(quota.want(3, 50), 1U);
  for (const NodeId node : {0, 2, 3}) EXPECT_EQ(quota.want(node, 1), 0U);
  EXPECT_TRUE(quota.used_up()) << "node 1 is lost";
  EXPECT_EQ(quota.round(), 2U);
}

TEST(Quota, AStopBeforeAnythingWasGrantedEndsAtOnce) {
  Quota quota;
  quota.begin(7, 9, {true, true});
  quota.stop();
  for (const NodeId node : {0, 1}) EXPECT_EQ(quota.want(node, 1), 0U);
  EXPECT_TRUE(quota.used_up());
  EXPECT_EQ(quota.round(), 7U);
}

RC_GTEST_PROP(Quota, WhoeverAsksAndHoweverOftenAllRoundsAreMadeOnce, ()) {
  Stream random = Stream::from_state(*rc::gen::arbitrary<std::uint64_t>());
  const std::size_t nodes = 1 + random.below(8);
  const Round rounds = 1 + random.below(30);
  Quota quota;
  quota.begin(5, 5 + rounds, std::vector<bool>(nodes, true));
  Round granted = 0;
  while (!quota.used_up())
    granted += quota.want(static_cast<NodeId>(random.below(nodes)), 1 + random.below(100));
  RC_ASSERT(granted == rounds * nodes);
  RC_ASSERT(quota.round() == 5 + rounds);
}

}  // namespace
}  // namespace hearsay
