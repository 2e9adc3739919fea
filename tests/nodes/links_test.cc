// What a node keeps of its links: for how long, what it sends again, and how two ends notice that
// they have not got the same messages.
#include "nodes/links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Payload payload(std::uint8_t value) {
  return std::make_shared<const Bytes>(Bytes(3, static_cast<std::byte>(value)));
}

/// Frame number k of the link from node 0 to node 1, in round k.
Envelope frame(std::uint64_t k, NodeId to = 1) {
  return {.header = {.from = 0, .to = to, .round = k, .sequence = k, .payload_size = 3},
          .payload = payload(static_cast<std::uint8_t>(k))};
}

FrameHeader from_other(Round t, std::uint64_t sequence) {
  return {.from = 1, .to = 0, .round = t, .sequence = sequence};
}

std::vector<std::uint64_t> sequences(const std::vector<Envelope>& frames) {
  std::vector<std::uint64_t> result;
  for (const Envelope& envelope : frames) result.push_back(envelope.header.sequence);
  return result;
}

class LinksTest : public ::testing::Test {
 protected:
  void send(std::uint64_t k, NodeId to = 1) {
    sent.push_back(frame(k, to));
    sender.send(sent.back());
  }

  Links sender;
  Links receiver;
  std::vector<Envelope> sent;
};

TEST_F(LinksTest, AFrameOfTheNextRoundAcknowledgesThoseBefore) {
  for (std::uint64_t k = 1; k <= 3; ++k) send(k);
  EXPECT_THAT(sequences(sender.again(1, 0)), ElementsAre(1, 2, 3));
  sender.took(from_other(3, 3));  // node 1 is in round 3: it has used those of rounds 1 and 2
  EXPECT_THAT(sequences(sender.again(1, 0)), ElementsAre(3));
  EXPECT_FALSE(sender.lost_for_good(1, 3));
  EXPECT_TRUE(sender.lost_for_good(1, 2));
  EXPECT_FALSE(sender.lost_for_good(1, 4)) << "not sent yet";
}

TEST_F(LinksTest, SendsAgainFromTheFrameThatIsAskedFor) {
  for (std::uint64_t k = 1; k <= 4; ++k) send(k);
  EXPECT_THAT(sequences(sender.again(1, 3)), ElementsAre(3, 4));
  EXPECT_THAT(sender.again(1, 5), IsEmpty());
  EXPECT_THAT(sender.again(2, 0), IsEmpty()) << "no such link";
}

TEST_F(LinksTest, WhatIsSentAgainIsWhatWasSent) {
  send(1);
  send(2);
  const std::vector<Envelope> again = sender.again(1, 0);
  for (std::size_t k = 0; k < again.size(); ++k) {
    EXPECT_EQ(again[k].header, sent[k].header);
    EXPECT_EQ(again[k].payload, sent[k].payload) << "shared, not copied";
  }
}

TEST_F(LinksTest, WhatWentInAdvanceIsSentAgainWithTheRest) {
  Envelope envelope = frame(1);
  envelope.ahead = 2;
  sender.send(envelope);
  EXPECT_EQ(envelope.ahead, 2U);
  EXPECT_EQ(sender.again(1, 0).front().ahead, 0U);
}

TEST_F(LinksTest, AReceiverThatSendsNothingBackAcknowledgesNowAndThen) {
  std::uint64_t acknowledged = 0;
  for (std::uint64_t k = 1; k <= 2 * Links::kAckEvery; ++k) {
    send(k);
    if (receiver.took(sent.back().header)) {
      ++acknowledged;
      sender.acknowledged(1, k);
      EXPECT_THAT(sender.again(1, 0), IsEmpty());
    }
  }
  EXPECT_EQ(acknowledged, 2U);
}

TEST_F(LinksTest, AReceiverThatSendsBackNeverDoes) {
  for (std::uint64_t k = 1; k <= 3 * Links::kAckEvery; ++k) {
    send(k);
    EXPECT_FALSE(receiver.took(sent.back().header));
    Envelope back = frame(k, 0);
    receiver.send(back);
  }
}

TEST(AsynchronousLinks, NothingIsForgottenBeforeItIsAcknowledged) {
  Links sender(true);
  Links receiver(true);
  std::uint64_t acknowledged = 0;
  for (std::uint64_t k = 1; k <= 2 * Links::kAckEvery; ++k) {
    Envelope envelope = frame(k);
    sender.send(envelope);
    sender.took(from_other(1000 + k, k));  // in a later round, which says nothing
    EXPECT_EQ(sender.again(1, 0).size(), k - acknowledged * Links::kAckEvery);
    Envelope back = frame(k, 0);
    receiver.send(back);
    if (!receiver.took(envelope.header)) continue;
    ++acknowledged;
    sender.acknowledged(1, k);
    EXPECT_THAT(sender.again(1, 0), IsEmpty());
  }
  EXPECT_EQ(acknowledged, 2U);
}

TEST(AsynchronousLinks, LongMessagesAreAcknowledgedSooner) {
  Links receiver(true);
  FrameHeader header = frame(1).header;
  header.payload_size = Links::kAckEveryBytes / 2;
  EXPECT_FALSE(receiver.took(header));
  EXPECT_TRUE(receiver.took(header));
  EXPECT_FALSE(receiver.took(header));
}

TEST_F(LinksTest, BothEndsHaveTheSameHistory) {
  for (std::uint64_t k = 1; k <= 5; ++k) {
    send(k);
    EXPECT_TRUE(receiver.continues(sent.back().header)) << k;
    receiver.took(sent.back().header);
  }
}

TEST_F(LinksTest, AnAlteredMessageBreaksTheHistory) {
  send(1);
  Envelope forged = frame(1);
  forged.payload = payload(99);
  Links forger;
  forger.send(forged);
  receiver.took(forged.header);
  send(2);
  EXPECT_FALSE(receiver.continues(sent.back().header));
}

TEST_F(LinksTest, AMessageThatNeverCameBreaksTheHistory) {
  send(1);
  send(2);
  EXPECT_FALSE(receiver.continues(sent.back().header));
  EXPECT_TRUE(receiver.continues(sent.front().header));
}

TEST_F(LinksTest, EveryLinkHasItsOwnHistory) {
  send(1, 1);
  send(1, 2);
  EXPECT_EQ(sent[0].header.history, sent[1].header.history);
  send(2, 1);
  EXPECT_TRUE(receiver.continues(sent[1].header));
  EXPECT_THAT(sequences(sender.again(2, 0)), ElementsAre(1));
}

TEST_F(LinksTest, ANewIncarnationBeginsAnew) {
  send(1);
  sender.clear();
  EXPECT_THAT(sender.again(1, 0), IsEmpty());
  Envelope first = frame(1);
  sender.send(first);
  EXPECT_EQ(first.header.history, sent.front().header.history);
}

}  // namespace
}  // namespace hearsay
