#include "nodes/received_payload.h"

#include <cstring>

#include "core/vector_ops.h"
#include "nodes/frame.h"

namespace hearsay {

namespace {

ByteView view_of(const zmq::message_t& message) {
  return {static_cast<const std::byte*>(message.data()), message.size()};
}

void append(Bytes& bytes, ByteView piece) {
  if (piece.empty()) return;
  const std::size_t begin = bytes.size();
  bytes.resize(begin + piece.size());
  std::memcpy(bytes.data() + begin, piece.data(), piece.size());
}

}  // namespace

ReceivedPayload::ReceivedPayload(bool in_pieces, PayloadPool& pool)
    : pool_(&pool), in_pieces_(in_pieces) {}

bool ReceivedPayload::expect(std::uint64_t size) {
  if (size < size_) return false;
  left_ = size - size_;
  if (pieces_ != nullptr || buffer_ != nullptr) return true;
  if (in_pieces_ && size > kPieceBytes)
    pieces_ = std::make_shared<Pieces>();
  else
    buffer_ = pool_->take();
  return true;
}

/// While the bytes are in the cache.
bool ReceivedPayload::count(ByteView bytes) {
  if (bytes.size() > left_) return false;
  left_ -= bytes.size();
  size_ += bytes.size();
  checksum_ = hearsay::checksum(bytes, checksum_);
  return true;
}

bool ReceivedPayload::begin(ByteView bytes) {
  if (!count(bytes)) return false;
  if (bytes.empty()) return true;
  if (pieces_ != nullptr) flatten();
  append(*buffer_, bytes);
  return true;
}

bool ReceivedPayload::add(zmq::message_t& part) {
  const ByteView piece = view_of(part);
  if (piece.empty() || !count(piece)) return false;
  if (pieces_ != nullptr && !may_stay(piece)) flatten();
  if (pieces_ == nullptr) {
    append(*buffer_, piece);
    return true;
  }
  pieces_->parts.push_back(std::move(part));
  pieces_->views.push_back(view_of(pieces_->parts.back()));
  return true;
}

/// Whole floats that are finite; of others the message's check finds out what is wrong.
bool ReceivedPayload::may_stay(ByteView piece) const {
  const bool last = left_ == 0;
  return (last ? piece.size() % sizeof(float) == 0 : piece.size() == kPieceBytes) &&
         all_finite(piece);
}

void ReceivedPayload::flatten() {
  buffer_ = pool_->take();
  for (const ByteView piece : pieces_->views) append(*buffer_, piece);
  pieces_.reset();
}

Payload ReceivedPayload::payload() {
  if (pieces_ == nullptr) return buffer_;
  return {pieces_, std::span<const ByteView>(pieces_->views)};
}

}  // namespace hearsay
