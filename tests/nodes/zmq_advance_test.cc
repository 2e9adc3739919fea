// First bytes of a payload that come in frames of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "nodes/zmq_transport.h"
#include "tests/nodes/zmq_transports.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

/// Two transports; the second trusts the first's connection and nobody else's.
class InAdvance : public ZmqTransportTest {
 protected:
  void SetUp() override {
    receiver_->await(0);  // or a loss would not be told
    sender_->call(1, address(1));
    sender_->send(envelope(0, 1, random_payload(10), 1));
    const auto hello = next_frame(*receiver_);
    ASSERT_TRUE(hello);
    receiver_->trust(0, hello->origin.connection);
  }

  /// The bytes from `begin` to `end` of the payload of the data frame of that number.
  static void send_piece(ZmqTransport& from, const Bytes& payload, std::size_t begin,
                         std::size_t end, std::uint64_t sequence = 2) {
    const ByteView piece = ByteView(payload).subspan(begin, end - begin);
    Envelope advance =
        envelope(0, 1, std::make_shared<const Bytes>(piece.begin(), piece.end()), sequence);
    advance.header.kind = FrameKind::advance;
    advance.header.payload_checksum = 0;
    advance.ahead = begin;
    from.send(advance);
  }
  /// The data frame, without the first bytes.
  static void send_rest(ZmqTransport& from, const Bytes& payload, std::size_t ahead,
                        std::uint64_t sequence = 2) {
    Envelope rest = envelope(0, 1, std::make_shared<const Bytes>(payload), sequence);
    rest.ahead = ahead;
    from.send(rest);
  }

  void expect_arrival(const Bytes& payload, std::uint64_t sequence = 2) {
    const auto frame = next_frame(*receiver_);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->header.kind, FrameKind::data);
    EXPECT_EQ(frame->header.sequence, sequence);
    EXPECT_EQ(frame->header.payload_size, payload.size());
    EXPECT_TRUE(same_bytes(*frame->payload, payload));
  }
  /// Waits until that many have been refused for that reason.
  bool refuses(Refusal refusal, std::uint64_t times = 1) {
    return eventually([&] {
      EXPECT_FALSE(receiver_->receive());
      return refusals_.count(refusal) >= times;
    });
  }

  const std::unique_ptr<ZmqTransport> sender_ = make(0);
  const std::unique_ptr<ZmqTransport> receiver_ = make(1);
  const Bytes sent_ = random_bytes(3 * kPiece + 77, 5);
};

TEST_F(InAdvance, TheFirstBytesOfAPayloadAreJoinedWithTheRest) {
  const std::size_t size = sent_.size();
  std::uint64_t sequence = 1;
  for (const auto& cuts : std::vector<std::vector<std::size_t>>{
           {100}, {kPiece}, {kPiece + 1, kPiece + 2}, {5000, 2 * kPiece, size - 1}, {size}}) {
    ++sequence;
    std::size_t at = 0;
    for (const std::size_t cut : cuts) {
      send_piece(*sender_, sent_, at, cut, sequence);
      at = cut;
    }
    send_rest(*sender_, sent_, at, sequence);
    expect_arrival(sent_, sequence);
  }
  EXPECT_EQ(refusals_.total(), 0U);
}

TEST_F(InAdvance, WhatIsMissingIsReportedAndTheWholeFrameIsTaken) {
  send_piece(*sender_, sent_, 0, 9000);
  send_rest(*sender_, sent_, 12'000);  // of which 3,000 bytes got lost
  EXPECT_TRUE(refuses(Refusal::bad_length));
  EXPECT_THAT(receiver_->damaged(), ::testing::ElementsAre(0));
  send_rest(*sender_, sent_, 12'000);  // and now all of them
  EXPECT_TRUE(refuses(Refusal::gap));
  EXPECT_THAT(receiver_->damaged(), ::testing::ElementsAre(0));
  send_rest(*sender_, sent_, 0);
  expect_arrival(sent_);
}

TEST_F(InAdvance, BytesAreThoseOfOneFrameAndOneIncarnation) {
  send_piece(*sender_, sent_, 0, 9000, 7);
  send_rest(*sender_, sent_, 9000, 8);
  EXPECT_TRUE(refuses(Refusal::gap));
  send_piece(*sender_, sent_, 0, 9000, 8);
  Envelope rest = envelope(0, 1, std::make_shared<const Bytes>(sent_), 8);
  rest.header.incarnation = 1;
  rest.ahead = 9000;
  sender_->send(rest);
  EXPECT_TRUE(refuses(Refusal::gap, 2));
  // Of a round that was left, and begun anew.
  send_piece(*sender_, sent_, 0, 9000, 9);
  send_piece(*sender_, sent_, 0, 8000, 9);
  send_rest(*sender_, sent_, 8000, 9);
  expect_arrival(sent_, 9);
}

TEST_F(InAdvance, DamagedBytesAreFoundAtTheEnd) {
  Bytes other = sent_;
  other[4000] ^= std::byte{1};
  send_piece(*sender_, other, 0, 9000);
  send_rest(*sender_, sent_, 9000);
  EXPECT_TRUE(refuses(Refusal::bad_checksum));
  EXPECT_THAT(receiver_->damaged(), ::testing::ElementsAre(0));
}

TEST_F(InAdvance, AStrangerCannotGoOnWithAPayloadNorSpoilIt) {
  ZmqTransport stranger(context_, 0, kDigest, kMaxPayload, doorman_);
  stranger.call(1, address(1));
  const Bytes bogus = random_bytes(sent_.size(), 6);
  send_piece(*sender_, sent_, 0, 9000);
  ASSERT_FALSE(receiver_->receive());
  send_piece(stranger, bogus, 0, 9000);
  EXPECT_TRUE(refuses(Refusal::misdirected));
  send_piece(stranger, bogus, 9000, 12'000);
  EXPECT_TRUE(refuses(Refusal::misdirected, 2));
  send_rest(stranger, bogus, 9000);
  EXPECT_TRUE(refuses(Refusal::misdirected, 3));
  send_rest(*sender_, sent_, 9000);
  expect_arrival(sent_);
}

TEST_F(InAdvance, NoMoreIsTakenThanAPayloadMayHave) {
  const Bytes longest = random_bytes(kMaxPayload + 1, 5);
  send_piece(*sender_, longest, 0, kMaxPayload);
  send_piece(*sender_, longest, kMaxPayload, kMaxPayload + 1);
  EXPECT_TRUE(refuses(Refusal::oversized));
}

}  // namespace
}  // namespace hearsay
