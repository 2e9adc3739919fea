// The bytes of a message, encoded once and shared by all receivers without a copy: what an
// algorithm has written, or what has come, wherever it lies. They lie in one piece, but for long
// messages of plain floats, which may stay in the pieces in which they came.
#pragma once

#include <cassert>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/types.h"

namespace hearsay {

class Payload {
 public:
  Payload() = default;
  Payload(std::nullptr_t) {}  // NOLINT(*-explicit-*): like the pointer that it is
  Payload(const std::shared_ptr<const Bytes>& bytes)  // NOLINT(*-explicit-*)
      : Payload(bytes, bytes ? ByteView(*bytes) : ByteView()) {}
  Payload(const std::shared_ptr<Bytes>& bytes)  // NOLINT(*-explicit-*)
      : Payload(std::shared_ptr<const Bytes>(bytes)) {}

  /// `bytes` stay where they are, and as they are, for as long as `owner` has owners.
  Payload(std::shared_ptr<const void> owner, ByteView bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}

  /// Floats that are finite, whole ones in each of the pieces, which stay like `bytes` above; so
  /// does the list of them.
  Payload(std::shared_ptr<const void> owner, std::span<const ByteView> pieces)
      : owner_(std::move(owner)), pieces_(pieces) {}

  explicit operator bool() const { return owner_ != nullptr; }

  /// What lies in one piece.
  ByteView operator*() const { return *operator->(); }
  const ByteView* operator->() const {
    assert(pieces_.empty());
    return &bytes_;
  }

  /// The pieces of a payload that has several; else none.
  std::span<const ByteView> pieces() const { return pieces_; }

  /// The same bytes, not equal ones.
  friend bool operator==(const Payload& a, const Payload& b) {
    return a.owner_ == b.owner_ && a.bytes_.data() == b.bytes_.data();
  }

 private:
  std::shared_ptr<const void> owner_;
  ByteView bytes_;
  std::span<const ByteView> pieces_;
};

}  // namespace hearsay
