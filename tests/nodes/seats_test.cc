#include "nodes/seats.h"

#include <gtest/gtest.h>

namespace hearsay {
namespace {

constexpr std::size_t kNodes = 3;

class SeatsTest : public ::testing::Test {
 protected:
  explicit SeatsTest(std::optional<Keys> keys = std::nullopt)
      : doorman_(context_, std::move(keys), refusals_, kNodes) {}

  std::optional<Refusal> say(const std::string& connection, ControlKind kind, NodeId node,
                             std::optional<NodeId> user = {}) {
    ReceivedControl received{.message = ControlMessage{.kind = kind, .node = node}};
    received.origin.connection = connection;
    received.origin.user = user;
    return seats_.refusal_of(received, doorman_, started_);
  }

  zmq::context_t context_;
  RefusalLog refusals_{[](const std::string& /*line*/) {}};
  Doorman doorman_;
  Seats seats_{kNodes};
  bool started_ = false;
};

TEST_F(SeatsTest, AreTakenByJoiningAndKept) {
  EXPECT_EQ(say("a", ControlKind::progress, 1), Refusal::impostor) << "has not joined";
  EXPECT_EQ(say("a", ControlKind::join, 1), std::nullopt);
  EXPECT_EQ(seats_.of(1), "a");
  EXPECT_EQ(seats_.of(2), "");
  EXPECT_EQ(say("a", ControlKind::progress, 1), std::nullopt);
  EXPECT_EQ(say("b", ControlKind::finished, 1), Refusal::impostor);
  EXPECT_EQ(say("b", ControlKind::failed, 1), Refusal::impostor);
  EXPECT_EQ(say("a", ControlKind::progress, 2), Refusal::impostor);
  EXPECT_EQ(seats_.of(1), "a");
}

TEST_F(SeatsTest, AreNotLostToASecondWhoJoins) {
  say("a", ControlKind::join, 1);
  EXPECT_EQ(say("b", ControlKind::join, 1), std::nullopt) << "the collector says who they are";
  EXPECT_EQ(seats_.of(1), "a");
  started_ = true;
  EXPECT_EQ(say("b", ControlKind::join, 1), Refusal::impostor);
  EXPECT_EQ(seats_.of(1), "a");
}

TEST_F(SeatsTest, TellAProcessThatJoinsTwiceFromOneThatWasStartedAgain) {
  say("a", ControlKind::join, 1);
  EXPECT_FALSE(seats_.is_from_same_process()) << "the first one";
  say("a", ControlKind::join, 1);
  EXPECT_TRUE(seats_.is_from_same_process());
  say("b", ControlKind::join, 1);
  EXPECT_FALSE(seats_.is_from_same_process());
  seats_.refusal_of({}, doorman_, false);
  EXPECT_FALSE(seats_.is_from_same_process()) << "no message";
}

TEST_F(SeatsTest, AreTakenByWhoFailsBeforeItCanJoin) {
  EXPECT_EQ(say("a", ControlKind::failed, 1), std::nullopt);
  EXPECT_EQ(say("b", ControlKind::progress, 1), Refusal::impostor);
}

TEST_F(SeatsTest, AreForNodesOfTheRun) {
  EXPECT_EQ(say("a", ControlKind::join, kNodes), Refusal::bad_control);
  EXPECT_EQ(seats_.refusal_of({}, doorman_, false), Refusal::bad_control) << "no message";
}

Keys some_keys() {
  Keys keys{.listed = {}, .self = kCollectorId, .own = make_key_pair()};
  keys.listed.collector = keys.own.public_key;
  for (std::size_t node = 0; node < kNodes; ++node)
    keys.listed.nodes.push_back(make_key_pair().public_key);
  return keys;
}

class SeatsWithKeys : public SeatsTest {
 protected:
  SeatsWithKeys() : SeatsTest(some_keys()) {}
};

TEST_F(SeatsWithKeys, BelongToTheOwnersOfTheKeys) {
  started_ = true;
  EXPECT_EQ(say("a", ControlKind::join, 1, 1), std::nullopt);
  EXPECT_EQ(say("b", ControlKind::join, 1, 2), Refusal::impostor);
  EXPECT_EQ(say("b", ControlKind::finished, 1, 2), Refusal::impostor);
  EXPECT_EQ(say("b", ControlKind::join, 1, kCollectorId), Refusal::impostor);
  EXPECT_EQ(say("b", ControlKind::join, 1, std::nullopt), Refusal::impostor);
  EXPECT_EQ(seats_.of(1), "a");
  EXPECT_EQ(say("c", ControlKind::progress, 1, 1), std::nullopt) << "it has come back";
  EXPECT_EQ(seats_.of(1), "c");
}

}  // namespace
}  // namespace hearsay
