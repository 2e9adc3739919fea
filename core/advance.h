// The beginning of a message, ready while the rest of it is still being made, so that it can be on
// its way meanwhile: large models are compressed group by group of their layers
// (core/compressors/layer_groups.h), and algorithms that send two vectors compute the second while
// the first travels. No bit of a message or of a trajectory depends on it.
#pragma once

#include <span>

#include "core/types.h"

namespace hearsay {

class Advance {
 public:
  Advance() = default;
  virtual ~Advance() = default;
  Advance(const Advance&) = delete;
  Advance& operator=(const Advance&) = delete;

  /// The message that is being made goes to all of these nodes as it is written from now on: what
  /// is reported ready is not changed any more. Without this, ready() does nothing.
  virtual void begin(std::span<const NodeId> to) = 0;

  /// The message starts with these bytes, which may move.
  virtual void ready(ByteView so_far) = 0;
};

}  // namespace hearsay
