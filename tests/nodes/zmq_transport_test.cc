// Transports against each other over ipc, and against a raw socket that sends what no transport
// would.
#include "nodes/zmq_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "core/random.h"
#include "tests/nodes/envelopes.h"
#include "tests/nodes/tcp_connections.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kDigest = kTestDigest;
constexpr std::size_t kPiece = std::size_t{512} * 1024;
constexpr std::uint64_t kMaxPayload = std::uint64_t{6} << 20U;
constexpr std::size_t kChecksumAt = kHeaderBytes - 4;  // of the header's own checksum

class ZmqTransportTest : public ::testing::Test {
 protected:
  ZmqTransportTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hearsay-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~ZmqTransportTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::unique_ptr<ZmqTransport> make(NodeId id) {
    auto transport = std::make_unique<ZmqTransport>(context_, id, kDigest, kMaxPayload, doorman_);
    transport->bind(address(id));
    return transport;
  }

  std::string address(NodeId id) const {
    return "ipc://" + folder_ + "/node-" + std::to_string(id);
  }

  static bool eventually(const std::function<bool()>& condition) {
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (Clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  zmq::context_t context_;
  std::string folder_;
  RefusalLog refusals_{[](const std::string& /*line*/) {}};
  Doorman doorman_{context_, std::nullopt, refusals_, 8};
};

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

// --- One connection for both directions ---

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

// --- What a stranger may send
// -----------------------------------------------------------------------------

using Parts = std::vector<Bytes>;

Bytes joined(const Bytes& head, const Bytes& rest) {
  Bytes bytes = head;
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

FrameHeader header_of(const Bytes& payload) {
  return {.kind = FrameKind::data,
          .digest = kDigest,
          .from = 0,
          .to = 1,
          .round = 1,
          .phase = 0,
          .sequence = 1,
          .payload_size = payload.size(),
          .payload_checksum = checksum(payload)};
}

struct Bad {
  std::string name;
  Refusal refusal;
  Parts parts;
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for that name
void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.name;
}

std::vector<Bad> bad_frames() {
  const Bytes payload = random_bytes(100);
  const FrameHeader header = header_of(payload);
  const Bytes head = encode_header(header);
  const auto with = [&](auto change) {
    FrameHeader changed = header;
    change(changed);
    return joined(encode_header(changed), payload);
  };
  const auto flipped = [&](std::size_t at) {
    Bytes bytes = joined(head, payload);
    bytes.at(at) ^= std::byte{4};
    return bytes;
  };
  Bytes versioned = joined(head, payload);
  versioned[4] = std::byte{0x7f};
  const Bytes short_payload(payload.begin(), payload.end() - 1);
  const Bytes big(kPiece, std::byte{1});

  return {
      {"EmptyInParts", Refusal::truncated, {{}, {}}},
      {"TenBytes", Refusal::truncated, {Bytes(head.begin(), head.begin() + 10)}},
      {"HeaderInTwoParts",
       Refusal::truncated,
       {Bytes(head.begin(), head.begin() + 32), Bytes(head.begin() + 32, head.end())}},
      {"Garbage", Refusal::bad_magic, {random_bytes(500, 9)}},
      {"GarbageInParts", Refusal::bad_magic, Parts(50, random_bytes(70, 9))},
      {"OtherVersion", Refusal::bad_version, {versioned}},
      {"FlippedHeaderBit", Refusal::bad_header, {flipped(20)}},
      {"FlippedChecksumBit", Refusal::bad_header, {flipped(kChecksumAt)}},
      {"FlippedPayloadBit", Refusal::bad_checksum, {flipped(kHeaderBytes + 50)}},
      {"FlippedLastBit", Refusal::bad_checksum, {flipped(kHeaderBytes + 99)}},
      {"Oversized", Refusal::oversized, {with([](auto& h) { h.payload_size = kMaxPayload + 1; })}},
      {"HugeLength", Refusal::oversized, {with([](auto& h) {
         h.payload_size = ~std::uint64_t{0};
       })}},
      {"PayloadTooShort", Refusal::bad_length, {joined(head, short_payload)}},
      {"PayloadTooLong", Refusal::bad_length, {joined(joined(head, payload), {std::byte{0}})}},
      {"PayloadMissing", Refusal::bad_length, {head}},
      {"PartTooMany", Refusal::bad_length, {joined(head, payload), Bytes(1, std::byte{0})}},
      {"PromisesMoreThanItSends",
       Refusal::bad_length,
       {encode_header(header_of(Bytes(5 * kPiece, std::byte{0}))), big, big}},
      {"SendsMoreThanItPromises",
       Refusal::bad_length,
       {encode_header(header_of(big)), big, big, big}},
      {"OtherExperiment", Refusal::foreign, {with([](auto& h) { h.digest ^= 1U; })}},
      {"OtherReceiver", Refusal::misdirected, {with([](auto& h) { h.to = 2; })}},
  };
}

class BadFrame : public ZmqTransportTest, public ::testing::WithParamInterface<Bad> {
 protected:
  void send(zmq::socket_t& socket, const Parts& parts) {
    for (std::size_t k = 0; k < parts.size(); ++k)
      socket.send(zmq::buffer(parts[k].data(), parts[k].size()),
                  k + 1 < parts.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
};

TEST_P(BadFrame, IsCountedUnderItsReasonAndTheNextGoodFrameArrives) {
  const auto receiver = make(1);
  zmq::socket_t stranger(context_, zmq::socket_type::dealer);
  stranger.set(zmq::sockopt::linger, 0);
  stranger.connect(address(1));
  const Bytes good = random_bytes(64, 3);
  send(stranger, GetParam().parts);
  send(stranger, {joined(encode_header(header_of(good)), good)});

  const auto frame = next_frame(*receiver);
  ASSERT_TRUE(frame) << "the good frame did not arrive";
  EXPECT_TRUE(same_bytes(*frame->payload, good));
  EXPECT_EQ(refusals_.count(GetParam().refusal), 1U) << to_string(GetParam().refusal);
  EXPECT_EQ(refusals_.total(), 1U);
}

INSTANTIATE_TEST_SUITE_P(ZmqTransport, BadFrame, ::testing::ValuesIn(bad_frames()),
                         [](const auto& tested) { return tested.param.name; });

TEST_F(BadFrame, ThatIsTooLongForAPartCostsTheStrangerItsConnectionOnly) {
  const auto receiver = make(1);
  const auto neighbour = make(0);
  neighbour->call(1, address(1));
  neighbour->send(envelope(0, 1, random_payload(10), 1));
  ASSERT_TRUE(next_frame(*receiver));

  zmq::socket_t stranger(context_, zmq::socket_type::dealer);
  stranger.set(zmq::sockopt::linger, 0);
  stranger.connect(address(1));
  const Bytes good = random_bytes(64, 3);
  const Parts good_parts = {joined(encode_header(header_of(good)), good)};
  send(stranger, good_parts);
  ASSERT_TRUE(next_frame(*receiver));
  send(stranger, {Bytes(8 * kPiece, std::byte{0})});
  neighbour->send(envelope(0, 1, random_payload(10), 2));
  const auto frame = next_frame(*receiver);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->header.sequence, 2U);
  // libzmq drops it before anybody reads it; the doorman may have seen the connection go by now.
  EXPECT_EQ(refusals_.total(), refusals_.count(Refusal::bad_part));
}

TEST_F(BadFrame, OfAnotherExperimentIsForeignAlsoWhenItIsAGreeting) {
  const auto receiver = make(1);
  zmq::socket_t stranger(context_, zmq::socket_type::dealer);
  stranger.set(zmq::sockopt::linger, 0);
  stranger.connect(address(1));
  FrameHeader hello = header_of({});
  hello.kind = FrameKind::hello;
  hello.digest = kDigest + 1;
  send(stranger, {encode_header(hello)});
  EXPECT_TRUE(eventually([&] {
    EXPECT_FALSE(receiver->receive());
    return refusals_.count(Refusal::foreign) == 1;
  }));
}

TEST_F(BadFrame, OfAnotherRunOfTheSameExperimentIsForeign) {
  const auto receiver = make(1);
  receiver->set_session(7);
  const auto neighbour = make(0);
  neighbour->set_session(7);
  neighbour->call(1, address(1));
  zmq::socket_t replayer(context_, zmq::socket_type::dealer);
  replayer.set(zmq::sockopt::linger, 0);
  replayer.connect(address(1));
  const Bytes recorded = random_bytes(64, 3);
  send(replayer, {joined(encode_header(header_of(recorded)), recorded)});
  EXPECT_TRUE(eventually([&] {
    EXPECT_FALSE(receiver->receive());
    return refusals_.count(Refusal::foreign) == 1;
  }));
  neighbour->send(envelope(0, 1, random_payload(10)));
  const auto frame = next_frame(*receiver);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->header.digest, kDigest);
}

TEST_F(BadFrame, ThatComesByTheThousandLetsTheCallerGoOn) {
  const auto receiver = make(1);
  zmq::socket_t stranger(context_, zmq::socket_type::dealer);
  stranger.set(zmq::sockopt::linger, 0);
  stranger.set(zmq::sockopt::sndhwm, 0);
  stranger.connect(address(1));
  constexpr std::uint64_t kFrames = 20'000;
  for (std::uint64_t k = 0; k < kFrames; ++k) send(stranger, {Bytes(1, std::byte{0})});
  std::uint64_t calls = 0;
  EXPECT_TRUE(eventually([&] {
    const std::uint64_t before = refusals_.total();
    EXPECT_FALSE(receiver->receive());
    EXPECT_LE(refusals_.total(), before + ZmqTransport::kRefusedAtOnce);
    ++calls;
    return refusals_.count(Refusal::truncated) == kFrames;
  }));
  EXPECT_GE(calls, kFrames / ZmqTransport::kRefusedAtOnce);
}

TEST_F(BadFrame, IsCountedUnderSeveralReasonsAndNeverStopsTheRest) {
  const auto receiver = make(1);
  zmq::socket_t stranger(context_, zmq::socket_type::dealer);
  stranger.set(zmq::sockopt::linger, 0);
  stranger.connect(address(1));
  std::vector<std::uint64_t> expected(kRefusals, 0);
  constexpr int kRepeats = 3;
  std::size_t frames = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    for (const Bad& bad : bad_frames()) {
      send(stranger, bad.parts);
      ++expected[static_cast<std::size_t>(bad.refusal)];
      const Bytes good = random_bytes(++frames);
      send(stranger, {joined(encode_header(header_of(good)), good)});
    }
  }
  for (std::size_t k = 1; k <= frames; ++k) {
    const auto frame = next_frame(*receiver);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->payload->size(), k);
  }
  for (std::size_t k = 0; k < kRefusals; ++k)
    EXPECT_EQ(refusals_.count(static_cast<Refusal>(k)), expected[k])
        << to_string(static_cast<Refusal>(k));
}

}  // namespace
}  // namespace hearsay
