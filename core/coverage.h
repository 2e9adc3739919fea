// What a stream of sparse messages has carried: by coordinate, when last; by layer, how much.
#pragma once

#include <cstdint>
#include <vector>

#include "core/state.h"

namespace hearsay {

/// Of one layer, over all messages so far.
struct LayerCoverage {
  std::uint64_t sent = 0;        // coordinates in messages, each as often as it went
  std::uint64_t never_sent = 0;  // coordinates that no message has carried yet
  std::uint64_t oldest_age = 0;  // messages since the coordinate that waits longest was carried
};

/// An integer for each of d coordinates and one for each layer. A message costs a step for each
/// coordinate that it carries, never a pass over d.
class Coverage {
 public:
  /// `layer_ends`: layer l is [layer_ends[l - 1], layer_ends[l]), the first one from 0. Layers may
  /// be empty; the last one ends at d.
  explicit Coverage(std::vector<std::size_t> layer_ends);

  /// A message starts. Then mark() each coordinate that it carries, in ascending order.
  void begin_message() {
    ++messages_;
    layer_ = 0;
  }
  void mark(std::size_t j) {
    last_sent_[j] = messages_;
    while (j >= layer_ends_[layer_]) ++layer_;
    ++sent_[layer_];
  }

  std::uint32_t messages() const { return messages_; }

  /// By layer; an empty one has zeros. One pass over d.
  std::vector<LayerCoverage> layers() const;

  void visit_state(StateVisitor& visitor);

 private:
  std::vector<std::size_t> layer_ends_;
  std::vector<std::uint32_t> last_sent_;  // by coordinate: the message that carried it, from 1
  std::vector<std::uint64_t> sent_;       // by layer
  std::uint32_t messages_ = 0;
  std::size_t layer_ = 0;  // of the coordinate marked last
};

}  // namespace hearsay
