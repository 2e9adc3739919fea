// Guarded sockets on loopback: keys that are listed and keys that are not, and what a single
// connection may send.
#include "nodes/doorman.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "nodes/zmq_transport.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kDigest = 77;
constexpr std::uint64_t kMaxPayload = std::uint64_t{3} << 20U;
constexpr std::size_t kNodes = 3;

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// What a process of a node has: a context, a doorman, a transport.
struct Peer {
  Peer(NodeId id, std::optional<Keys> keys)
      : doorman(context, std::move(keys), refusals, kNodes),
        transport(context, id, kDigest, kMaxPayload, doorman),
        endpoint(transport.bind("tcp://127.0.0.1:*")) {}

  std::optional<ReceivedFrame> next() {
    std::optional<ReceivedFrame> frame;
    eventually([&] { return frame || (frame = transport.receive()).has_value(); });
    return frame;
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex);
    return told;
  }
  int port() const { return std::stoi(endpoint.substr(endpoint.rfind(':') + 1)); }

  zmq::context_t context;
  std::mutex mutex;
  std::vector<std::string> told;  // under the mutex
  RefusalLog refusals{[this](const std::string& line) {
    const std::lock_guard lock(mutex);
    told.push_back(line);
  }};
  Doorman doorman;
  ZmqTransport transport;
  std::string endpoint;
};

Envelope envelope(NodeId from, NodeId to, std::size_t size, std::uint64_t sequence = 1) {
  const auto payload = std::make_shared<const Bytes>(size, std::byte{7});
  return {.header = {.digest = kDigest,
                     .from = from,
                     .to = to,
                     .round = 1,
                     .sequence = sequence,
                     .payload_checksum = checksum(*payload)},
          .payload = payload};
}

/// A run's keys, as every process has them.
class Guarded : public ::testing::Test {
 protected:
  Guarded() {
    for (std::size_t id = 0; id < kNodes; ++id) {
      pairs_.push_back(make_key_pair());
      listed_.nodes.push_back(pairs_.back().public_key);
    }
    listed_.collector = make_key_pair().public_key;
    receiver_ = make(1);
  }

  Keys keys(NodeId id) const { return {.listed = listed_, .self = id, .own = pairs_.at(id)}; }
  std::unique_ptr<Peer> make(NodeId id) const { return std::make_unique<Peer>(id, keys(id)); }

  /// That node 0, who has a listed key, is heard as ever.
  void expect_node_0_is_heard() {
    const auto sender = make(0);
    sender->transport.call(1, receiver_->endpoint);
    sender->transport.send(envelope(0, 1, 10));
    const auto frame = receiver_->next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->header.from, 0U);
  }

  std::vector<KeyPair> pairs_;
  PublicKeys listed_;
  std::unique_ptr<Peer> receiver_;
};

TEST_F(Guarded, FramesOfListedKeysArriveUnderTheirOwnersNumbers) {
  const auto sender = make(2);
  sender->transport.call(1, receiver_->endpoint);
  sender->transport.send(envelope(2, 1, kMaxPayload));
  const auto frame = receiver_->next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->payload->size(), kMaxPayload);
  EXPECT_EQ(frame->origin.user, 2U);
  EXPECT_EQ(frame->origin.name(), "node 2's key at 127.0.0.1");
  EXPECT_EQ(receiver_->refusals.total(), 0U);
}

TEST_F(Guarded, WhoWasCalledAnswersUnderItsOwnNumber) {
  const auto caller = make(2);
  caller->transport.call(1, receiver_->endpoint);
  caller->transport.send(envelope(2, 1, 10));
  const auto greeting = receiver_->next();
  ASSERT_TRUE(greeting);
  ASSERT_TRUE(receiver_->transport.reach(2, greeting->origin.connection));
  receiver_->transport.send(envelope(1, 2, kMaxPayload));
  const auto frame = caller->next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->payload->size(), kMaxPayload);
  EXPECT_EQ(frame->origin.user, 1U);
  EXPECT_EQ(frame->origin.name(), "node 1's key at 127.0.0.1");
  receiver_->transport.send(envelope(0, 2, 10));  // in the name of another
  EXPECT_TRUE(eventually([&] {
    EXPECT_FALSE(caller->transport.receive());
    return caller->refusals.count(Refusal::impostor) == 1;
  }));
  // Who has made a call still checks those who call: with its own key, and theirs.
  const auto other = make(0);
  other->transport.call(2, caller->endpoint);
  other->transport.send(envelope(0, 2, 10));
  const auto called = caller->next();
  ASSERT_TRUE(called);
  EXPECT_EQ(called->origin.user, 0U);
  Keys unlisted = keys(0);
  unlisted.own = make_key_pair();
  Peer stranger(0, unlisted);
  stranger.transport.call(2, caller->endpoint);
  stranger.transport.send(envelope(0, 2, 10));
  EXPECT_TRUE(eventually([&] { return caller->refusals.count(Refusal::unlisted) > 0; }));
  EXPECT_EQ(receiver_->refusals.total(), 0U);
}

TEST_F(Guarded, AKeyThatIsNotListedIsTurnedAway) {
  Keys unlisted = keys(0);
  unlisted.own = make_key_pair();
  Peer stranger(0, unlisted);
  stranger.transport.call(1, receiver_->endpoint);
  stranger.transport.send(envelope(0, 1, 10));
  EXPECT_TRUE(eventually([&] { return receiver_->refusals.count(Refusal::unlisted) > 0; }));
  expect_node_0_is_heard();
  EXPECT_FALSE(receiver_->transport.receive());
  EXPECT_THAT(receiver_->lines(), ElementsAre(HasSubstr("refused from 127.0.0.1: connection with a "
                                                        "key that is not listed")));
}

TEST_F(Guarded, AListedKeyThatClaimsAnotherNodesNumberIsAnImpostor) {
  const auto thief = make(2);
  thief->transport.call(1, receiver_->endpoint);
  for (std::uint64_t k = 1; k <= 5; ++k) thief->transport.send(envelope(0, 1, 10, k));
  EXPECT_TRUE(eventually([&] {
    receiver_->transport.receive();
    return receiver_->refusals.count(Refusal::impostor) == 5;
  }));
  EXPECT_THAT(receiver_->lines(),
              ElementsAre(HasSubstr("refused from node 2's key at 127.0.0.1: from somebody else")));
  expect_node_0_is_heard();
}

TEST_F(Guarded, AConnectionThatIsNamedLikeAFormerOneHasItsOwnKey) {
  const auto say_it_is_node_2 = [&](NodeId key) {
    zmq::context_t context;
    zmq::socket_t socket(context, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::linger, 1000);
    const std::string name("\0\1\2\3\4", 5);  // as a router's own
    socket.set(zmq::sockopt::routing_id, name);
    socket.set(zmq::sockopt::curve_serverkey, pairs_.at(1).public_key);
    socket.set(zmq::sockopt::curve_publickey, pairs_.at(key).public_key);
    socket.set(zmq::sockopt::curve_secretkey, pairs_.at(key).secret_key);
    socket.connect(receiver_->endpoint);
    FrameHeader header = envelope(2, 1, 0).header;
    header.payload_checksum = checksum({});
    const Bytes frame = encode_header(header);
    socket.send(zmq::buffer(frame), zmq::send_flags::none);
  };
  say_it_is_node_2(2);
  const auto frame = receiver_->next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->origin.user, 2U);
  // A router lets nobody in under a name that is still there.
  EXPECT_TRUE(eventually([&] {
    say_it_is_node_2(0);
    EXPECT_FALSE(receiver_->transport.receive());
    return receiver_->refusals.count(Refusal::impostor) > 0;
  }));
}

TEST_F(Guarded, PlainTextIsRefusedEachTimeAndToldOnce) {
  for (std::uint64_t k = 1; k <= 10; ++k) {
    Peer plain(0, std::nullopt);
    plain.transport.call(1, receiver_->endpoint);
    plain.transport.send(envelope(0, 1, 10));
    EXPECT_TRUE(eventually([&] { return receiver_->refusals.count(Refusal::no_handshake) >= k; }));
  }
  expect_node_0_is_heard();
  EXPECT_FALSE(receiver_->transport.receive());
  // Of a connection that is over before the doorman has looked, the address is not known.
  const auto lines = receiver_->lines();
  EXPECT_LE(lines.size(), 2U);
  for (const std::string& line : lines)
    EXPECT_THAT(line, HasSubstr("connection without the handshake"));
}

TEST_F(Guarded, AServerOfAnotherKeyIsNotSpokenTo) {
  Keys mistaken = keys(0);
  mistaken.listed.nodes[1] = make_key_pair().public_key;
  Peer sender(0, mistaken);
  sender.transport.call(1, receiver_->endpoint);
  sender.transport.send(envelope(0, 1, 10));
  EXPECT_TRUE(eventually([&] { return receiver_->refusals.count(Refusal::no_handshake) > 0; }));
  EXPECT_FALSE(receiver_->transport.receive());
}

TEST_F(Guarded, NobodyIsLetInWhenConnectionsCannotBeChecked) {
  // A second doorman of one context has no place to answer from.
  EXPECT_THAT(message_of<TransportError>(
                  [&] { Doorman(receiver_->context, keys(0), receiver_->refusals, kNodes); }),
              HasSubstr("connections cannot be checked, so nobody is let in: "));
}

/// A TCP client that says what no library would.
class RawClient {
 public:
  explicit RawClient(int port) : file_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // Who is turned out at once may see that already here; then it says nothing below.
    static_cast<void>(
        ::connect(file_, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  }
  ~RawClient() { close(file_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False when the other side has closed the connection.
  bool say(const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t sent = send(file_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return false;
      at += static_cast<std::size_t>(sent);
    }
    return true;
  }

  /// Greeting and READY of a DEALER without security; waits for the other side's, before which
  /// libzmq takes nothing. [ZeroMQ RFC 23]
  bool shake_hands() {
    constexpr std::size_t kGreeting = 64;
    std::string hello(kGreeting, '\0');
    hello.replace(0, 1, "\xff");
    hello.replace(9, 2, "\x7f\x03");
    hello.replace(12, 4, "NULL");
    std::string ready = "\x05READY\x0bSocket-Type";
    ready.append(3, '\0').append("\x06").append("DEALER");
    hello.append("\x04").append(1, static_cast<char>(ready.size())).append(ready);
    if (!say(hello)) return false;
    std::string got;
    while (got.size() < kGreeting + 2 ||
           got.size() < kGreeting + 2 + static_cast<unsigned char>(got[kGreeting + 1])) {
      std::array<char, 256> some{};
      const ssize_t count = recv(file_, some.data(), some.size(), 0);
      if (count <= 0) return false;
      got.append(some.data(), static_cast<std::size_t>(count));
    }
    return true;
  }

  bool is_closed() const {
    char byte = 0;
    for (;;) {
      const ssize_t got = recv(file_, &byte, 1, MSG_DONTWAIT);
      if (got > 0) continue;
      return got == 0 || errno == ECONNRESET;
    }
  }

 private:
  int file_;
};

/// A part with an eight-byte length field.
std::string long_part(std::uint64_t claimed, std::size_t sent, bool more) {
  std::string part(1, more ? '\x03' : '\x02');
  for (int shift = 56; shift >= 0; shift -= 8)
    part += static_cast<char>(static_cast<unsigned char>(claimed >> static_cast<unsigned>(shift)));
  return part.append(sent, 'x');
}

class Open : public ::testing::Test {
 protected:
  void expect_node_0_is_heard() {
    Peer sender(0, std::nullopt);
    sender.transport.call(1, receiver_.endpoint);
    sender.transport.send(envelope(0, 1, 10));
    EXPECT_TRUE(receiver_.next());
  }

  Peer receiver_{1, std::nullopt};
};

TEST_F(Open, AnEndlessMessageIsCutOffWithoutBeingRead) {
  // The receiver takes nothing meanwhile: it computes a gradient.
  RawClient endless(receiver_.port());
  ASSERT_TRUE(endless.shake_hands());
  const std::string part = long_part(65536, 65536, true);
  constexpr std::size_t kMost = std::size_t{2} << 30U;
  std::size_t sent = 0;
  while (sent < kMost && endless.say(part)) sent += part.size();
  EXPECT_LT(sent, kMost) << "nobody stopped it";
  EXPECT_EQ(receiver_.refusals.count(Refusal::flood), 1U);
  EXPECT_THAT(receiver_.lines(), ElementsAre(HasSubstr("connection with an endless message")));
  expect_node_0_is_heard();
}

TEST_F(Open, WhatIsManyMessagesIsNotEndless) {
  // More than may wait: the sender has to, and nothing is lost.
  Peer sender(0, std::nullopt);
  sender.transport.call(1, receiver_.endpoint);
  constexpr std::uint64_t kFrames = 100;
  for (std::uint64_t k = 1; k <= kFrames; ++k)
    sender.transport.send(envelope(0, 1, kMaxPayload, k));
  ASSERT_TRUE(receiver_.next());
  // Long enough for the doorman to look several times at a receiver that is busy.
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  for (std::uint64_t k = 2; k <= kFrames; ++k) {
    const auto frame = receiver_.next();
    ASSERT_TRUE(frame) << k;
    ASSERT_EQ(frame->header.sequence, k);
  }
  EXPECT_EQ(receiver_.refusals.total(), 0U);
}

TEST_F(Open, AGigabyteInALengthFieldCostsTheConnection) {
  for (const bool more : {false, true}) {
    RawClient liar(receiver_.port());
    ASSERT_TRUE(liar.shake_hands());
    liar.say(long_part(std::uint64_t{1} << 30U, 100, more));
    EXPECT_TRUE(eventually([&] { return liar.is_closed(); }));
  }
  // Of a connection that is over before the doorman has looked, only the end is known.
  EXPECT_TRUE(eventually([&] {
    return receiver_.refusals.count(Refusal::bad_part) +
               receiver_.refusals.count(Refusal::no_message) ==
           2;
  }));
  expect_node_0_is_heard();
}

TEST_F(Open, WhoSaysNothingOrNothingSensibleIsCounted) {
  for (int k = 0; k < 3; ++k) RawClient silent(receiver_.port());
  EXPECT_TRUE(eventually([&] { return receiver_.refusals.count(Refusal::no_handshake) == 3; }));
  {
    RawClient browser(receiver_.port());
    browser.say("GET / HTTP/1.1\r\nHost: hearsay\r\n\r\n");
  }
  EXPECT_TRUE(eventually([&] { return receiver_.refusals.total() >= 4; }));
  expect_node_0_is_heard();
}

TEST_F(Open, WhoSpeaksAnOldProtocolIsNotLetIn) {
  // ZMTP 1.0 without a greeting, and 2.0: an empty identity each, and a message.
  const std::string message("\x06\x00hello", 7);
  const std::string old = std::string("\x01\x00", 2) + message;
  std::string newer(12, '\0');
  newer.replace(0, 1, "\xff");
  newer.replace(9, 3, "\x7f\x01\x05");
  newer += std::string("\x00\x00", 2) + std::string("\x00\x05hello", 7);
  for (const std::string& bytes : {old, newer}) {
    RawClient client(receiver_.port());
    client.say(bytes);
    EXPECT_TRUE(eventually([&] { return client.is_closed(); }));
  }
  EXPECT_TRUE(eventually([&] { return receiver_.refusals.total() == 2; }));
  EXPECT_FALSE(receiver_.transport.receive());
  EXPECT_EQ(receiver_.refusals.count(Refusal::truncated), 0U) << "a message was taken";
  expect_node_0_is_heard();
}

TEST_F(Open, EndlesslyManyConnectionsThatSayNothingAreNotAllKept) {
  std::vector<std::unique_ptr<RawClient>> crowd;
  constexpr std::size_t kCrowd = 300;
  crowd.reserve(kCrowd);
  while (crowd.size() < kCrowd) crowd.push_back(std::make_unique<RawClient>(receiver_.port()));
  EXPECT_TRUE(eventually([&] { return receiver_.refusals.count(Refusal::no_message) > 100; }));
  crowd.clear();
  expect_node_0_is_heard();
}

}  // namespace
}  // namespace hearsay
