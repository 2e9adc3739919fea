// The bytes of a message, encoded once and shared by all receivers without a copy: what an
// algorithm has written, or what has come, wherever it lies.
#pragma once

#include <memory>
#include <utility>

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

  explicit operator bool() const { return owner_ != nullptr; }
  ByteView operator*() const { return bytes_; }
  const ByteView* operator->() const { return &bytes_; }

  /// The same bytes, not equal ones.
  friend bool operator==(const Payload& a, const Payload& b) {
    return a.owner_ == b.owner_ && a.bytes_.data() == b.bytes_.data();
  }

 private:
  std::shared_ptr<const void> owner_;
  ByteView bytes_;
};

}  // namespace hearsay
