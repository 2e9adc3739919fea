// Payloads that come part by part: left as they are, or in one buffer.
#include "nodes/received_payload.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "nodes/frame.h"
#include "tests/nodes/envelopes.h"

namespace hearsay {
namespace {

constexpr std::size_t kPiece = ReceivedPayload::kPieceBytes;

/// Finite floats, all different.
Bytes floats(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t j = 0; j < count; ++j) values[j] = static_cast<float>(j) - 0.5F;
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

class Arrival {
 public:
  Arrival(Bytes bytes, bool in_pieces) : bytes_(std::move(bytes)), payload_(in_pieces, pool_) {
    payload_.expect(bytes_.size());
  }

  /// The bytes in parts of that size; of `first` bytes in the part with the header.
  bool come(std::size_t part_size, std::size_t first = 0) {
    if (!payload_.begin(ByteView(bytes_).first(first))) return false;
    for (std::size_t at = first; at < bytes_.size(); at += part_size) {
      zmq::message_t part(bytes_.data() + at, std::min(part_size, bytes_.size() - at));
      if (!payload_.add(part)) return false;
    }
    return payload_.complete();
  }

  /// How many pieces the payload has, which must be right; 0: it lies in one buffer.
  std::size_t pieces() {
    EXPECT_EQ(payload_.checksum(), checksum(bytes_));
    const Payload payload = payload_.payload();
    Bytes all;
    for (const ByteView piece : payload.pieces()) all.insert(all.end(), piece.begin(), piece.end());
    if (payload.pieces().empty()) all.assign(payload->begin(), payload->end());
    EXPECT_TRUE(same_bytes(all, bytes_));
    return payload.pieces().size();
  }

 private:
  Bytes bytes_;
  PayloadPool pool_;
  ReceivedPayload payload_;
};

TEST(ReceivedPayload, LongFloatsStayInThePartsInWhichTheyCame) {
  for (const std::size_t bytes : {kPiece + 4, 2 * kPiece, 3 * kPiece - 8}) {
    Arrival arrival(floats(bytes / 4), true);
    ASSERT_TRUE(arrival.come(kPiece)) << bytes;
    EXPECT_EQ(arrival.pieces(), (bytes + kPiece - 1) / kPiece) << bytes;
  }
}

TEST(ReceivedPayload, IsOneBufferUnlessPiecesAreAskedFor) {
  Arrival arrival(floats(kPiece), false);
  ASSERT_TRUE(arrival.come(kPiece));
  EXPECT_EQ(arrival.pieces(), 0U);
}

TEST(ReceivedPayload, IsOneBufferWhenItIsShort) {
  Arrival arrival(floats(kPiece / 4), true);
  ASSERT_TRUE(arrival.come(kPiece));
  EXPECT_EQ(arrival.pieces(), 0U);
}

TEST(ReceivedPayload, IsOneBufferWhenItsPartsAreOfOtherSizes) {
  for (const std::size_t part : {kPiece / 2, kPiece - 4, std::size_t{1000}, 2 * kPiece}) {
    Arrival arrival(floats(kPiece), true);
    ASSERT_TRUE(arrival.come(part)) << part;
    EXPECT_EQ(arrival.pieces(), 0U) << part;
  }
  Arrival with_the_header(floats(kPiece), true);
  ASSERT_TRUE(with_the_header.come(kPiece, 4));
  EXPECT_EQ(with_the_header.pieces(), 0U);
  Arrival torn(random_bytes(2 * kPiece + 3), true);
  ASSERT_TRUE(torn.come(kPiece));
  EXPECT_EQ(torn.pieces(), 0U);
}

TEST(ReceivedPayload, IsOneBufferWhenAValueIsNotFinite) {
  for (const std::size_t place : {std::size_t{0}, kPiece / 4, 2 * kPiece / 4 - 1}) {
    Bytes bytes = floats(2 * kPiece / 4);
    const float bad = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(bytes.data() + 4 * place, &bad, sizeof bad);
    Arrival arrival(std::move(bytes), true);
    ASSERT_TRUE(arrival.come(kPiece)) << place;
    EXPECT_EQ(arrival.pieces(), 0U) << place;
  }
}

TEST(ReceivedPayload, TakesNoMoreThanWasPromisedAndNoEmptyPart) {
  for (const bool in_pieces : {false, true}) {
    PayloadPool pool;
    ReceivedPayload payload(in_pieces, pool);
    ASSERT_TRUE(payload.expect(2 * kPiece));
    zmq::message_t part(kPiece);
    std::memset(part.data(), 0, part.size());
    ASSERT_TRUE(payload.begin({}));
    ASSERT_TRUE(payload.add(part));
    EXPECT_FALSE(payload.complete());
    zmq::message_t nothing;
    EXPECT_FALSE(payload.add(nothing));
    zmq::message_t too_much(kPiece + 1);
    EXPECT_FALSE(payload.add(too_much));
    const Bytes more(2 * kPiece + 1);
    ReceivedPayload other(in_pieces, pool);
    ASSERT_TRUE(other.expect(2 * kPiece));
    EXPECT_FALSE(other.begin(more));
  }
}

TEST(ReceivedPayload, LetsGoOfItsPartsWithTheLastOwner) {
  bool let_go = false;
  Bytes bytes = floats(2 * kPiece / 4);
  PayloadPool pool;
  Payload kept;
  {
    ReceivedPayload payload(true, pool);
    ASSERT_TRUE(payload.expect(bytes.size()));
    ASSERT_TRUE(payload.begin({}));
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      zmq::message_t part(
          bytes.data() + at, kPiece, [](void*, void* hint) { *static_cast<bool*>(hint) = true; },
          &let_go);
      ASSERT_TRUE(payload.add(part));
    }
    kept = payload.payload();
  }
  EXPECT_FALSE(let_go);
  kept = nullptr;
  EXPECT_TRUE(let_go);
}

}  // namespace
}  // namespace hearsay
