// Transports against each other.
#include "nodes/zmq_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/nodes/tcp_connections.h"
#include "tests/nodes/zmq_transports.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class PayloadSize : public ZmqTransportTest, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(PayloadSize, ArrivesUnchanged) {
  const auto sender = make(0);
  const auto receiver = make(1);
  sender->call(1, address(1));
  const Envelope sent = envelope(0, 1, random_payload(GetParam()), 41);
  sender->send(sent);
  const auto got = next_frame(*receiver);
  ASSERT_TRUE(got);
  EXPECT_TRUE(same_bytes(*got->payload, *sent.payload));
  EXPECT_EQ(got->header.payload_size, GetParam());
  EXPECT_EQ(got->header.from, 0U);
  EXPECT_EQ(got->header.to, 1U);
  EXPECT_EQ(got->header.sequence, 41U);
  EXPECT_EQ(refusals_.total(), 0U);
}

INSTANTIATE_TEST_SUITE_P(ZmqTransport, PayloadSize,
                         ::testing::Values(0, 1, 4096, 4097, kPiece - 1, kPiece, kPiece + 1,
                                           2 * kPiece, std::size_t{5} << 20U));

TEST_F(ZmqTransportTest, FramesOfALinkArriveInTheOrderOfSending) {
  const auto one = make(0);
  const auto two = make(1);
  const auto receiver = make(2);
  one->call(2, address(2));
  two->call(2, address(2));
  constexpr std::uint64_t kFrames = 120;
  const std::vector<std::size_t> sizes = {0, 17, 4096, 5000, kPiece + 3, 200};
  for (std::uint64_t k = 1; k <= kFrames; ++k) {
    one->send(envelope(0, 2, random_payload(sizes[k % sizes.size()], k), k));
    two->send(envelope(1, 2, random_payload(sizes[(k + 1) % sizes.size()], kFrames + k), k));
  }
  std::vector<std::uint64_t> last(2, 0);
  for (std::uint64_t k = 0; k < 2 * kFrames; ++k) {
    const auto frame = next_frame(*receiver);
    ASSERT_TRUE(frame) << "after " << k << " frames";
    ASSERT_EQ(frame->header.sequence, ++last.at(frame->header.from));
  }
  EXPECT_FALSE(receiver->receive());
}

TEST_F(ZmqTransportTest, APayloadIsSharedByItsReceiversAndLetGo) {
  const auto sender = make(0);
  std::vector<std::unique_ptr<ZmqTransport>> receivers;
  const auto bytes = std::make_shared<const Bytes>(random_bytes(3 * kPiece + 5));
  const Payload payload = bytes;
  for (NodeId id = 1; id <= 4; ++id) {
    receivers.push_back(make(id));
    sender->call(id, address(id));
    sender->send(envelope(0, id, payload));
  }
  for (const auto& receiver : receivers) {
    const auto got = next_frame(*receiver);
    ASSERT_TRUE(got);
    EXPECT_TRUE(same_bytes(*got->payload, *payload));
  }
  // Our two; libzmq holds none.
  EXPECT_TRUE(eventually([&] { return bytes.use_count() <= 2; }));
}

/// The send buffers of all TCP connections of this process, as the kernel counts them: twice what
/// was asked for.
std::vector<int> send_buffers() {
  std::vector<int> sizes;
  for (const int file : tcp_connections()) {
    int buffer = 0;
    socklen_t size = sizeof buffer;
    if (getsockopt(file, SOL_SOCKET, SO_SNDBUF, &buffer, &size) == 0) sizes.push_back(buffer);
  }
  return sizes;
}

TEST_F(ZmqTransportTest, OnLoopbackASenderIsNotFarAhead) {
  ZmqTransport receiver(context_, 1, kDigest, kMaxPayload, doorman_);
  const std::string bound = receiver.bind("tcp://127.0.0.1:*");
  const auto sender = make(0);
  sender->call(1, bound);
  sender->send(envelope(0, 1, random_payload(10)));
  ASSERT_TRUE(next_frame(receiver));
  // Neither side.
  constexpr int kKept = 2 * ZmqTransport::kLoopbackSendBuffer;
  EXPECT_THAT(send_buffers(), ::testing::ElementsAre(kKept, kKept));
}

TEST_F(ZmqTransportTest, AFrameSentBeforeTheReceiverIsThereArrives) {
  const auto sender = make(0);
  sender->call(1, address(1));
  sender->send(envelope(0, 1, random_payload(10)));
  const auto receiver = make(1);
  EXPECT_TRUE(next_frame(*receiver));
}

TEST_F(ZmqTransportTest, AnOccupiedAddressIsNamedWithTheReason) {
  ZmqTransport first(context_, 0, kDigest, kMaxPayload, doorman_);
  const std::string bound = first.bind("tcp://127.0.0.1:*");
  EXPECT_THAT(bound, StartsWith("tcp://127.0.0.1:"));
  ZmqTransport second(context_, 1, kDigest, kMaxPayload, doorman_);
  try {
    second.bind(bound);
    FAIL() << "two transports listen on " << bound;
  } catch (const TransportError& error) {
    EXPECT_EQ(error.what(), "cannot listen on " + bound + ": Address already in use");
  }
}

TEST_F(ZmqTransportTest, AnAddressThatIsNoneIsNamedWithTheNode) {
  ZmqTransport transport(context_, 0, kDigest, kMaxPayload, doorman_);
  try {
    transport.call(7, "nowhere");
    FAIL() << "connected to nowhere";
  } catch (const TransportError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot connect to node 7 at nowhere: "));
  }
}

}  // namespace
}  // namespace hearsay
