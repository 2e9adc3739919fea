#include "nodes/frame.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
// RapidCheck's GoogleTest header needs GoogleTest before it.
#include <rapidcheck/gtest.h>

#include <set>

#include "core/bytes.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

FrameHeader example() {
  return {.kind = FrameKind::data,
          .digest = 0x0123456789abcdef,
          .from = 1,
          .to = 0x01020304,
          .round = 3,
          .phase = 2,
          .incarnation = 5,
          .sequence = 259,
          .payload_size = 8,
          .payload_checksum = 0xcbf43926,
          .history = 0x12345678,
          .continues = true};
}

std::string refusal_of(ByteView bytes) {
  const auto decoded = decode_header(bytes);
  const auto* refusal = std::get_if<Refusal>(&decoded);
  return refusal != nullptr ? to_string(*refusal) : "none";
}

/// Puts the right checksum at the end of a header that was tampered with.
Bytes sealed(Bytes bytes) {
  bytes.resize(kHeaderBytes - 4);
  const std::uint32_t sum = checksum(bytes);
  ByteWriter(bytes).u32(sum);
  return bytes;
}

TEST(Frame, HeaderHasTheDocumentedLayout) {
  EXPECT_EQ(hex(encode_header(example())), hex(from_hex("48534159"          // magic "HSAY"
                                                        "0500"              // wire version 5
                                                        "02"                // kind: data
                                                        "01"                // it continues
                                                        "efcdab8967452301"  // digest
                                                        "01000000"          // from node 1
                                                        "04030201"          // to
                                                        "0300000000000000"  // round 3
                                                        "0301000000000000"  // sequence 259
                                                        "0800000000000000"  // payload size 8
                                                        "2639f4cb"          // payload checksum
                                                        "0200"              // phase 2
                                                        "0500"              // incarnation 5
                                                        "78563412"          // history
                                                        "0c2ac010")));      // CRC-32 of all before
}

TEST(Frame, ChecksumIsTheCrc32OfZlib) {
  const std::string text = "123456789";  // the check value of the CRC catalogues
  EXPECT_EQ(checksum(std::as_bytes(std::span(text))), 0xcbf43926U);
  EXPECT_EQ(checksum({}), 0U);
  const auto bytes = std::as_bytes(std::span(text));
  EXPECT_EQ(checksum(bytes.subspan(4), checksum(bytes.first(4))), 0xcbf43926U);
}

RC_GTEST_PROP(FrameProperty, HeadersReadBackEqual, ()) {
  const FrameHeader header{
      .kind = *rc::gen::element(FrameKind::hello, FrameKind::data, FrameKind::request,
                                FrameKind::ack, FrameKind::advance),
      .digest = *rc::gen::arbitrary<std::uint64_t>(),
      .from = *rc::gen::arbitrary<NodeId>(),
      .to = *rc::gen::arbitrary<NodeId>(),
      .round = *rc::gen::arbitrary<Round>(),
      .phase = *rc::gen::arbitrary<std::uint16_t>(),
      .incarnation = *rc::gen::arbitrary<std::uint16_t>(),
      .sequence = *rc::gen::arbitrary<std::uint64_t>(),
      .payload_size = *rc::gen::arbitrary<std::uint64_t>(),
      .payload_checksum = *rc::gen::arbitrary<std::uint32_t>(),
      .history = *rc::gen::arbitrary<std::uint32_t>(),
      .continues = false};
  Bytes bytes = encode_header(header);
  RC_ASSERT(bytes.size() == kHeaderBytes);
  bytes.push_back(std::byte{1});  // the payload behind it is not looked at
  const auto decoded = decode_header(bytes);
  RC_ASSERT(std::holds_alternative<FrameHeader>(decoded));
  RC_ASSERT(std::get<FrameHeader>(decoded) == header);
}

TEST(Frame, CutAnywhereIsTruncated) {
  const Bytes bytes = encode_header(example());
  for (std::size_t size = 0; size < kHeaderBytes; ++size) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(refusal_of(cut), to_string(Refusal::truncated)) << size;
  }
}

TEST(Frame, EverySingleFlippedBitIsRefused) {
  const Bytes bytes = encode_header(example());
  for (std::size_t bit = 0; bit < 8 * kHeaderBytes; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] ^= std::byte{1} << (bit % 8);
    const Refusal expected = bit < 32   ? Refusal::bad_magic
                             : bit < 48 ? Refusal::bad_version
                                        : Refusal::bad_header;
    EXPECT_EQ(refusal_of(flipped), to_string(expected)) << bit;
  }
}

TEST(Frame, WithAnUnknownKindIsRefusedEvenWithARightChecksum) {
  for (int kind = 0; kind < 256; ++kind) {
    Bytes bytes = encode_header(example());
    bytes[6] = static_cast<std::byte>(kind);
    const bool continues = kind == 2 || kind == 5;
    EXPECT_EQ(refusal_of(sealed(bytes)), continues ? "none" : to_string(Refusal::bad_header))
        << kind;
    bytes[7] = std::byte{0};
    const bool known = kind >= 1 && kind <= 5;
    EXPECT_EQ(refusal_of(sealed(bytes)), known ? "none" : to_string(Refusal::bad_header)) << kind;
  }
}

TEST(Frame, ContinuesOrDoesNot) {
  for (int value = 0; value < 256; ++value) {
    Bytes bytes = encode_header(example());
    bytes[7] = static_cast<std::byte>(value);
    EXPECT_EQ(refusal_of(sealed(bytes)), value <= 1 ? "none" : to_string(Refusal::bad_header))
        << value;
  }
}

TEST(Frame, OfAnotherVersionIsRefusedAsSuch) {
  Bytes bytes = encode_header(example());
  bytes[4] = std::byte{1};
  EXPECT_EQ(refusal_of(sealed(bytes)), to_string(Refusal::bad_version));
}

RC_GTEST_PROP(FrameProperty, RandomBytesAreRefused, (const std::vector<std::uint8_t>& random)) {
  Bytes bytes;
  for (const std::uint8_t value : random) bytes.push_back(static_cast<std::byte>(value));
  RC_ASSERT(refusal_of(bytes) != "none");
  // Behind a good start as well.
  Bytes started = encode_header(example());
  started.resize(6);
  started.insert(started.end(), bytes.begin(), bytes.end());
  started.resize(kHeaderBytes, std::byte{7});
  RC_ASSERT(refusal_of(started) == to_string(Refusal::bad_header));
}

RC_GTEST_PROP(FrameProperty, SealedRandomFieldsReadBackAsTheyStand, ()) {
  // Whatever the fields hold, the decoder reports it and judges nothing but kind and padding.
  Bytes bytes = encode_header(example());
  for (std::size_t at = 8; at < 54; ++at)
    bytes[at] = static_cast<std::byte>(*rc::gen::inRange(0, 256));
  const Bytes good = sealed(bytes);
  const auto decoded = decode_header(good);
  RC_ASSERT(std::holds_alternative<FrameHeader>(decoded));
  RC_ASSERT(encode_header(std::get<FrameHeader>(decoded)) == good);
}

TEST(Refusals, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (std::size_t k = 0; k < kRefusals; ++k) names.insert(to_string(static_cast<Refusal>(k)));
  EXPECT_EQ(names.size(), kRefusals);
  EXPECT_EQ(names.count("unknown"), 0U);
}

}  // namespace
}  // namespace hearsay
