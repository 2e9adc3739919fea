#include "nodes/quota.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <utility>
#include <vector>

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

TEST(Quota, WhatIsGivenBackGoesToThoseWhoAskedInVain) {
  Quota quota;
  quota.begin(0, 8, {true, true});
  const Round first = quota.want(0, 100);
  Round others = 0;
  while (const Round grant = quota.want(1, 100)) others += grant;
  ASSERT_EQ(first + others, 16U);
  EXPECT_THAT(quota.owing(), ::testing::ElementsAre(0));
  quota.held(0, 3);  // of whom node 1 is the neighbour
  EXPECT_THAT(quota.to_give_back(), ::testing::ElementsAre(0));
  EXPECT_THAT(quota.to_give_back(), ::testing::IsEmpty()) << "it has been told";
  EXPECT_FALSE(quota.used_up()) << "it has not answered yet";
  quota.gave_back(0, 3);
  EXPECT_FALSE(quota.used_up());
  EXPECT_THAT(quota.grants_to_waiting(), ::testing::ElementsAre(std::pair<NodeId, Round>(1, 1)));
  EXPECT_EQ(quota.want(1, 100), 1U);
  EXPECT_EQ(quota.want(1, 100), 1U);
  EXPECT_EQ(quota.want(1, 100), 0U);
  EXPECT_TRUE(quota.used_up());
  EXPECT_EQ(quota.round(), 8U);
}

TEST(Quota, NobodyGivesBackWhatHeWasNotGranted) {
  Quota quota;
  quota.begin(0, 8, {true, true});
  quota.gave_back(1, 1000);
  const Round granted = quota.want(0, 2);
  quota.gave_back(0, 1000);
  quota.gave_back(0, 1000);
  EXPECT_EQ(quota.round(), 0U);
  Round all = 0;
  while (const Round grant = quota.want(0, 100)) all += grant;
  EXPECT_EQ(all, 16U) << granted;
}

TEST(Quota, AfterAStopTheRoundThatHasBegunIsStillFilled) {
  Quota quota;
  quota.begin(0, 100, {true, true, true});
  EXPECT_EQ(quota.want(0, 5), 5U);
  quota.stop();
  EXPECT_EQ(quota.want(1, 9), 1U);
  EXPECT_EQ(quota.want(2, 9), 0U);
  quota.held(0, 1);  // it has made four
  EXPECT_THAT(quota.to_give_back(), ::testing::ElementsAre(0));
  quota.gave_back(0, 1);
  EXPECT_THAT(quota.grants_to_waiting(), ::testing::ElementsAre(std::pair<NodeId, Round>(2, 1)));
  EXPECT_EQ(quota.round(), 2U);
}

TEST(Quota, WhoGoesOnKeepsWhatHeHas) {
  Quota quota;
  quota.begin(0, 2, {true, true});
  EXPECT_EQ(quota.want(0, 100), 1U);
  quota.held(0, 1);
  quota.got_on(0);
  while (quota.want(1, 100) > 0) {
  }
  EXPECT_THAT(quota.to_give_back(), ::testing::IsEmpty());
  EXPECT_FALSE(quota.used_up());
}

/// Nodes make the rounds that they are granted; now and then one is held up, and goes on by itself
/// or gives back what it has.
RC_GTEST_PROP(Quota, WhoeverAsksAndHoweverOftenAllRoundsAreMadeOnce, ()) {
  Stream random = Stream::from_state(*rc::gen::arbitrary<std::uint64_t>());
  const std::size_t nodes = 1 + random.below(8);
  const Round rounds = 1 + random.below(30);
  Quota quota;
  quota.begin(5, 5 + rounds, std::vector<bool>(nodes, true));
  std::vector<Round> has(nodes, 0);
  std::vector<bool> asks(nodes, false);
  Round made = 0;
  while (!quota.used_up()) {
    const auto node = static_cast<NodeId>(random.below(nodes));
    if (has[node] > 0) {
      --has[node];
      ++made;
      if (random.below(4) == 0) {
        quota.held(node, has[node]);
        if (random.below(2) == 0) quota.got_on(node);
      }
    } else if (!asks[node]) {
      has[node] = quota.want(node, 1 + random.below(100));
      asks[node] = has[node] == 0;
    }
    for (const NodeId told : quota.to_give_back()) {
      if (has[told] == 0) continue;  // it has used them, and will want more
      quota.gave_back(told, std::exchange(has[told], 0));
      for (const auto& [other, grant] : quota.grants_to_waiting()) {
        RC_ASSERT(asks[other] && grant > 0);
        has[other] = grant;
        asks[other] = false;
      }
    }
  }
  RC_ASSERT(made == rounds * nodes);
  RC_ASSERT(quota.round() == 5 + rounds);
}

}  // namespace
}  // namespace hearsay
