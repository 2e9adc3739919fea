// What a stranger may send: a raw socket says what no transport would.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "nodes/zmq_transport.h"
#include "tests/nodes/zmq_transports.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

constexpr std::size_t kChecksumAt = kHeaderBytes - 4;  // of the header's own checksum

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
