// Buffers of payloads, used again when all who shared one have let go of it: a steady round
// allocates none, and the kernel need not hand out zeroed pages for the large ones again and again.
#pragma once

#include <memory>
#include <vector>

#include "core/types.h"

namespace hearsay {

class PayloadPool {
 public:
  /// An empty buffer, with the room that it had before. Not for two threads at a time; whoever
  /// holds what it gave may let go of it in any thread.
  std::shared_ptr<Bytes> take() {
    // The one that was given first is the likeliest to be free.
    for (std::size_t tries = 0; tries < kTries && tries < buffers_.size(); ++tries) {
      next_ = next_ + 1 < buffers_.size() ? next_ + 1 : 0;
      std::shared_ptr<Bytes>& buffer = buffers_[next_];
      if (buffer.use_count() > 1) continue;
      // Letting go of a copy comes after all that the others did with theirs.
      std::shared_ptr<Bytes>(buffer).reset();
      // Messages differ a little in length: all buffers get room for the longest and some more.
      if (buffer->size() > room_) room_ = buffer->size() + buffer->size() / 8;
      buffer->clear();
      buffer->reserve(room_);
      return buffer;
    }
    next_ = buffers_.size();
    return buffers_.emplace_back(std::make_shared<Bytes>());
  }

 private:
  static constexpr std::size_t kTries = 4;
  std::vector<std::shared_ptr<Bytes>> buffers_;
  std::size_t next_ = 0;  // the last that was given
  std::size_t room_ = 0;  // that they have, or get when they are used again
};

}  // namespace hearsay
