// A payload on its way in, part by part: its checksum, and its bytes in one buffer, or, where that
// is asked for and possible, left in the parts in which they came.
#pragma once

#include <cstdint>
#include <memory>
#include <zmq.hpp>

#include "nodes/payload.h"
#include "nodes/payload_pool.h"

namespace hearsay {

class ReceivedPayload {
 public:
  /// Parts that are left as they are have that size, but for the last.
  static constexpr std::size_t kPieceBytes = std::size_t{512} * 1024;

  /// `pool`: where the one buffer comes from, which grows with what arrives, never by what a header
  /// promises.
  ReceivedPayload(bool in_pieces, PayloadPool& pool);

  /// It has `size` bytes, or its next frame ends there, if the header tells the truth. False when
  /// more are there already.
  bool expect(std::uint64_t size);

  /// The first bytes, which came in a part with something else.
  bool begin(ByteView bytes);

  /// The next part, which is taken away. False when that is more than was promised, or nothing.
  bool add(zmq::message_t& part);

  bool complete() const { return left_ == 0; }
  std::uint32_t checksum() const { return checksum_; }
  Payload payload();

 private:
  struct Pieces {
    std::vector<zmq::message_t> parts;
    std::vector<ByteView> views;
  };

  bool count(ByteView bytes);
  bool may_stay(ByteView piece) const;
  void flatten();

  PayloadPool* pool_;
  bool in_pieces_;
  std::uint64_t size_ = 0;  // that have come
  std::uint64_t left_ = 0;  // that are expected
  std::uint32_t checksum_ = 0;
  std::shared_ptr<Pieces> pieces_;  // one of these two
  std::shared_ptr<Bytes> buffer_;
};

}  // namespace hearsay
