#include "nodes/control.h"

#include <gtest/gtest.h>
// RapidCheck's GoogleTest header needs GoogleTest before it.
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "core/bytes.h"
#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

ControlMessage example() {
  ControlMessage message;
  message.kind = ControlKind::result;
  message.node = 3;
  message.round = 17;
  message.offer = {.seconds = 1.5,
                   .epochs = 0.25,
                   .ideal_bits = 7,
                   .wire_bytes = 9,
                   .sketch = {-1},
                   .health = {.residual_ratio = 0.5,
                              .never_sent = 0.25,
                              .oldest_age = 12,
                              .staleness = 2.5,
                              .most_stale = 8},
                   .layers = {.messages = 21,
                              .channels = 2,
                              .layers = {{.sent = 1, .never_sent = 2, .oldest_age = 3},
                                         {.sent = 4, .never_sent = 5, .oldest_age = 6}}}};
  message.result = {.loss = 0.5, .squared_distance = 2.0, .correct = 11};
  message.vector = Vector{1.0F, -0.0F, 3.0F};
  message.text = "why";
  message.texts = {"tcp://127.0.0.1:1", ""};
  message.integers = {1, ~std::uint64_t{0}};
  message.traffic = {{.to = 4, .frames = 5, .ideal_bits = 6, .wire_bytes = 7}};
  return message;
}

std::optional<ControlMessage> sent(const ControlMessage& message) {
  return decode_control(encode(message), message.vector);
}

/// Where the bytes of two messages agree, all their fields do.
void expect_same(const ControlMessage& a, const ControlMessage& b) {
  EXPECT_EQ(hex(encode(a)), hex(encode(b)));
  EXPECT_EQ(bits_of(a.vector.view()), bits_of(b.vector.view()));
}

TEST(Control, EveryFieldReadsBack) {
  const auto read = sent(example());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, ControlKind::result);
  EXPECT_EQ(read->node, 3U);
  EXPECT_EQ(read->round, 17U);
  EXPECT_EQ(read->offer.seconds, 1.5);
  EXPECT_EQ(read->offer.epochs, 0.25);
  EXPECT_EQ(read->offer.ideal_bits, 7U);
  EXPECT_EQ(read->offer.wire_bytes, 9U);
  EXPECT_EQ(read->offer.sketch, std::vector<double>{-1});
  EXPECT_EQ(read->offer.health.residual_ratio, 0.5);
  EXPECT_EQ(read->offer.health.markov_error, std::nullopt);
  EXPECT_EQ(read->offer.health.never_sent, 0.25);
  EXPECT_EQ(read->offer.health.oldest_age, 12U);
  EXPECT_EQ(read->offer.health.staleness, 2.5);
  EXPECT_EQ(read->offer.health.most_stale, 8U);
  EXPECT_EQ(read->offer.layers.messages, 21U);
  EXPECT_EQ(read->offer.layers.channels, 2U);
  ASSERT_EQ(read->offer.layers.layers.size(), 2U);
  EXPECT_EQ(read->offer.layers.layers[0].sent, 1U);
  EXPECT_EQ(read->offer.layers.layers[0].never_sent, 2U);
  EXPECT_EQ(read->offer.layers.layers[1].sent, 4U);
  EXPECT_EQ(read->offer.layers.layers[1].never_sent, 5U);
  EXPECT_EQ(read->offer.layers.layers[1].oldest_age, 6U);
  EXPECT_EQ(read->result.loss, 0.5);
  EXPECT_EQ(read->result.squared_distance, 2.0);
  EXPECT_EQ(read->result.correct, 11U);
  EXPECT_EQ(bits_of(read->vector.view()), bits_of(example().vector.view()));
  EXPECT_EQ(read->text, "why");
  EXPECT_EQ(read->texts, example().texts);
  EXPECT_EQ(read->integers, example().integers);
  ASSERT_EQ(read->traffic.size(), 1U);
  EXPECT_EQ(read->traffic[0].to, 4U);
  EXPECT_EQ(read->traffic[0].frames, 5U);
  EXPECT_EQ(read->traffic[0].ideal_bits, 6U);
  EXPECT_EQ(read->traffic[0].wire_bytes, 7U);
}

TEST(Control, EveryKindReadsBackAndNoOtherIsTaken) {
  Bytes bytes = encode(example());
  constexpr std::size_t kKindAt = 4;
  for (int kind = 0; kind < 256; ++kind) {
    bytes[kKindAt] = static_cast<std::byte>(kind);
    const auto read = decode_control(bytes, example().vector);
    const bool known =
        kind >= static_cast<int>(ControlKind::join) && kind <= static_cast<int>(ControlKind::abort);
    ASSERT_EQ(read.has_value(), known) << kind;
    if (known) {
      EXPECT_EQ(static_cast<int>(read->kind), kind);
    }
  }
}

TEST(Control, AnAbsentCountOfCorrectRowsStaysAbsent) {
  ControlMessage message = example();
  message.result.correct.reset();
  EXPECT_FALSE(sent(message)->result.correct);
}

RC_GTEST_PROP(ControlProperty, MessagesReadBackEqual, ()) {
  ControlMessage message;
  message.kind = static_cast<ControlKind>(*rc::gen::inRange(
      static_cast<int>(ControlKind::join), static_cast<int>(ControlKind::abort) + 1));
  message.node = *rc::gen::arbitrary<NodeId>();
  message.round = *rc::gen::arbitrary<Round>();
  message.offer.seconds = *rc::gen::arbitrary<double>();
  message.offer.sketch = *rc::gen::arbitrary<std::vector<double>>();
  message.result.loss = *rc::gen::arbitrary<double>();
  message.vector = *rc::gen::arbitrary<Vector>();
  message.text = *rc::gen::arbitrary<std::string>();
  message.texts = *rc::gen::arbitrary<std::vector<std::string>>();
  message.integers = *rc::gen::arbitrary<std::vector<std::uint64_t>>();
  for (const std::uint64_t value : message.integers)
    message.traffic.push_back({.to = static_cast<NodeId>(value), .frames = value});
  const auto read = sent(message);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->kind == message.kind);
  RC_ASSERT(read->texts == message.texts);
  RC_ASSERT(read->integers == message.integers);
  expect_same(*read, message);
}

TEST(Control, CutAnywhereIsRefused) {
  const Bytes bytes = encode(example());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_control(ByteView(bytes).first(size), example().vector)) << size;
}

TEST(Control, WithAVectorOfAnotherSizeIsRefused) {
  const Bytes bytes = encode(example());
  for (const std::size_t size : {0, 1, 2, 4, 100})
    EXPECT_FALSE(decode_control(bytes, Vector(size))) << size;
}

TEST(Control, WithBytesBehindItIsRefused) {
  Bytes bytes = encode(example());
  bytes.push_back(std::byte{0});
  EXPECT_FALSE(decode_control(bytes, example().vector));
}

TEST(Control, OfAnotherProtocolIsRefused) {
  for (std::size_t bit = 0; bit < 32; ++bit) {
    Bytes bytes = encode(example());
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(decode_control(bytes, example().vector)) << bit;
  }
}

/// Where the u64 of that value stands.
std::size_t place_of(const Bytes& bytes, std::uint64_t value) {
  Bytes wanted;
  ByteWriter(wanted).u64(value);
  const auto at = std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end());
  EXPECT_NE(at, bytes.end());
  return static_cast<std::size_t>(at - bytes.begin());
}

TEST(Control, HugeLengthsAreRefusedWithoutBelievingThem) {
  // Each list has a length of its own here, so that its length field can be found.
  ControlMessage message;
  message.offer.sketch.assign(101, 0.0);
  message.vector = Vector(103, 0.0F);
  message.text.assign(105, 'x');
  message.texts.assign(107, "y");
  message.integers.assign(109, 1);
  message.traffic.resize(111);
  const Bytes good = encode(message);
  ASSERT_TRUE(decode_control(good, message.vector));
  for (const std::uint64_t length : {101U, 103U, 105U, 107U, 109U, 111U}) {
    for (const std::uint64_t claimed :
         {length + 1, std::uint64_t{1} << 32U, std::uint64_t{1} << 61U, std::uint64_t{1} << 62U,
          ~std::uint64_t{0} / 4 + 1, ~std::uint64_t{0}}) {
      Bytes bytes = good;
      Bytes field;
      ByteWriter(field).u64(claimed);
      std::copy(field.begin(), field.end(),
                bytes.begin() + static_cast<std::ptrdiff_t>(place_of(good, length)));
      EXPECT_FALSE(decode_control(bytes, message.vector)) << length << " claims to be " << claimed;
    }
  }
}

RC_GTEST_PROP(ControlProperty, RandomBytesBehindAGoodStartNeverCrash, ()) {
  Bytes bytes = encode(example());
  const auto keep = *rc::gen::inRange<std::size_t>(5, bytes.size());
  bytes.resize(keep);
  const auto tail = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
  for (const std::uint8_t value : tail) bytes.push_back(static_cast<std::byte>(value));
  const auto read = decode_control(bytes, example().vector);
  const bool consistent = !read || encode(*read).size() == bytes.size();
  RC_ASSERT(consistent);
}

}  // namespace
}  // namespace hearsay
