// One connection for both directions.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "nodes/zmq_transport.h"
#include "tests/nodes/tcp_connections.h"
#include "tests/nodes/zmq_transports.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

TEST(Calls, AreMadeByTheHigherNumber) {
  EXPECT_TRUE(ZmqTransport::calls(3, 0));
  EXPECT_FALSE(ZmqTransport::calls(0, 3));
}

/// Node 1 calls node 0 over TCP, and greets it.
class Call : public ZmqTransportTest {
 protected:
  void SetUp() override {
    endpoint_ = callee_.bind("tcp://127.0.0.1:*");
    caller_endpoint_ = caller_.bind("tcp://127.0.0.1:*");
    callee_.connect(1, caller_endpoint_);
    caller_.connect(0, endpoint_);
    greet(1);
  }

  void greet(std::uint64_t sequence) {
    caller_.send(envelope(1, 0, random_payload(10), sequence));
    const auto frame = next_frame(callee_);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->header.sequence, sequence);
    connection_ = frame->origin.connection;
  }

  void expect_frames_both_ways() {
    for (const std::size_t size : {std::size_t{0}, std::size_t{4096}, kPiece + 1}) {
      const Envelope down = envelope(0, 1, random_payload(size, 1), 5);
      const Envelope up = envelope(1, 0, random_payload(size, 2), 6);
      callee_.send(down);
      caller_.send(up);
      const auto at_caller = next_frame(caller_);
      const auto at_callee = next_frame(callee_);
      ASSERT_TRUE(at_caller && at_callee) << size;
      EXPECT_TRUE(same_bytes(*at_caller->payload, *down.payload));
      EXPECT_TRUE(same_bytes(*at_callee->payload, *up.payload));
    }
  }

  /// Until the caller has been told that its call was accepted once more.
  bool is_reconnected() {
    return eventually([&] {
      EXPECT_FALSE(caller_.receive());
      callee_.receive();  // which is when the connection is accepted
      const std::vector<NodeId> again = caller_.reconnected();
      EXPECT_TRUE(again.empty() || again == std::vector<NodeId>{0});
      return !again.empty();
    });
  }

  ZmqTransport callee_{context_, 0, kDigest, kMaxPayload, doorman_};
  ZmqTransport caller_{context_, 1, kDigest, kMaxPayload, doorman_};
  std::string endpoint_;         // of the callee
  std::string caller_endpoint_;  // where it is not called
  std::string connection_;       // as the callee names it
};

TEST_F(Call, CarriesTheFramesOfBothDirections) {
  callee_.send(envelope(0, 1, random_payload(3), 1));  // goes nowhere yet
  EXPECT_TRUE(callee_.reach(1, connection_));
  EXPECT_FALSE(callee_.reach(1, connection_)) << "that is no news";
  expect_frames_both_ways();
  EXPECT_EQ(tcp_connections().size(), 2U) << "ends of connections";
  EXPECT_FALSE(caller_.reach(0, "what the caller knows better"));
  expect_frames_both_ways();
  EXPECT_TRUE(caller_.reconnected().empty());
  EXPECT_EQ(refusals_.total(), 0U);
}

TEST_F(Call, ThatWasCutIsMadeAgainAndBothSidesLearnOfIt) {
  ASSERT_TRUE(callee_.reach(1, connection_));
  expect_frames_both_ways();
  for (std::uint64_t time = 2; time <= 4; ++time) {
    cut_tcp_connections();
    ASSERT_TRUE(is_reconnected());
    const std::string before = connection_;
    greet(time);
    EXPECT_NE(connection_, before);
    EXPECT_TRUE(callee_.reach(1, connection_));
    expect_frames_both_ways();
  }
  EXPECT_EQ(refusals_.total(), 0U);
}

TEST_F(Call, IsMadeAnewWhereTheNodeListensNow) {
  ZmqTransport other(context_, 0, kDigest, kMaxPayload, doorman_);
  const std::string endpoint = other.bind("tcp://127.0.0.1:*");
  other.connect(1, "");
  for (int time = 0; time < 3; ++time) {  // also where it listened before
    caller_.connect(0, endpoint);
    caller_.send(envelope(1, 0, random_payload(10), 9));
    const auto frame = next_frame(other);
    ASSERT_TRUE(frame);
    EXPECT_TRUE(other.reach(1, frame->origin.connection));
    other.send(envelope(0, 1, random_payload(10), 3));
    EXPECT_TRUE(next_frame(caller_));
  }
  EXPECT_FALSE(callee_.receive()) << "hung up";
  EXPECT_EQ(refusals_.total(), 0U);
}

TEST_F(Call, ThatIsAcceptedWhileAnotherIsMadeIsAcceptedLikeAnyOther) {
  for (int time = 0; time < 10; ++time) {
    ZmqTransport third(context_, 2, kDigest, kMaxPayload, doorman_);
    third.call(1, caller_endpoint_);
    // In one of these the third's connection may be accepted.
    for (int k = 0; k < 20; ++k) caller_.call(0, endpoint_);
    third.send(envelope(2, 1, random_payload(10)));
    const auto greeting = next_frame(caller_);
    ASSERT_TRUE(greeting);
    caller_.reach(2, greeting->origin.connection);
    caller_.send(envelope(1, 2, random_payload(10)));
    const auto answer = next_frame(third);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->origin.address, "127.0.0.1") << "it was not told that it was accepted";
  }
}

TEST_F(Call, ThatIsGivenUpInAHandshakeDoesNotKeepTheSocketOpen) {
  // Some are while libzmq waits for the doorman's answer. The end of this test is the test.
  for (int k = 0; k < 60; ++k) caller_.call(0, endpoint_);
  greet(3);
}

TEST_F(Call, IsWhereTheCalledNodeSpeaksAndNowhereElse) {
  // Somebody who calls the caller, and says that he is node 0.
  ZmqTransport liar(context_, 0, kDigest, kMaxPayload, doorman_);
  liar.call(1, caller_endpoint_);
  liar.send(envelope(0, 1, random_payload(10), 2));
  EXPECT_TRUE(eventually([&] {
    EXPECT_FALSE(caller_.receive());
    return refusals_.count(Refusal::impostor) == 1;
  }));
  ASSERT_TRUE(callee_.reach(1, connection_));
  expect_frames_both_ways();
}

TEST_F(Call, WithAnEmptyMessageOfSomebodyElseIsNotAccepted) {
  zmq::socket_t stranger(context_, zmq::socket_type::dealer);
  stranger.set(zmq::sockopt::linger, 0);
  stranger.connect(endpoint_);
  // The first may be that of a node.
  for (int k = 0; k < 4; ++k) stranger.send(zmq::message_t(), zmq::send_flags::none);
  EXPECT_TRUE(eventually([&] {
    EXPECT_FALSE(callee_.receive());
    return refusals_.count(Refusal::truncated) == 3;
  }));
  EXPECT_TRUE(callee_.reconnected().empty());
}

}  // namespace
}  // namespace hearsay
