// Scratch memory of one compute thread, reused from call to call, so that a steady round allocates
// nothing and thousands of simulated nodes share a few vectors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/advance.h"
#include "core/selection.h"
#include "core/types.h"

namespace hearsay {

class Workspace {
 public:
  /// Who uses which scratch vector. A function may not call another that uses the same slot.
  enum class Slot {
    gradient,
    difference,
    decoded,
    objective,
    compression,
    iterate,
    local_gradient,
    aggregation,
    count
  };

  /// What channels note down about themselves in the rounds that this workspace serves
  /// (core/channel.h). It changes no result.
  enum class Watch {
    nothing,
    coverage,  // which coordinates are sent
    errors,    // that, and how far from the truth a message leaves the receivers: costs two passes
  };
  Watch watch = Watch::nothing;

  /// `size` floats of unspecified content; valid until the next call with the same slot.
  VectorView floats(Slot slot, std::size_t size) {
    auto& buffer = floats_[static_cast<std::size_t>(slot)];
    if (buffer.size() < size) buffer.resize(size);
    return VectorView(buffer).first(size);
  }

  /// The same in double, for accumulators.
  std::span<double> doubles(Slot slot, std::size_t size) {
    auto& buffer = doubles_[static_cast<std::size_t>(slot)];
    if (buffer.size() < size) buffer.resize(size);
    return std::span<double>(buffer).first(size);
  }

  /// Selections of the largest entries; what it returns is valid until the next.
  Selector& selector() { return selector_; }

  /// Of the stream of vectors that is compressed, where its owner keeps one.
  SelectionHint* hint = nullptr;

  /// Who sends the beginning of a message while the rest is being made; null when nobody does.
  Advance* advance = nullptr;
  void ready(ByteView so_far) const {
    if (advance != nullptr) advance->ready(so_far);
  }

  /// Indices, for selections by other keys.
  std::vector<std::uint32_t>& indices() { return indices_; }

 private:
  static constexpr std::size_t kSlots = static_cast<std::size_t>(Slot::count);
  std::array<Vector, kSlots> floats_;
  std::array<std::vector<double>, kSlots> doubles_;
  std::vector<std::uint32_t> indices_;
  Selector selector_;
};

}  // namespace hearsay
