// The models of a neighbourhood, each d floats somewhere in memory, as the terms of a weighted sum.
// A long message may lie in several pieces; so the sum is taken by stretches of coordinates, in
// each of which every model lies in one.
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "core/simd/weighted_sum.h"
#include "nodes/algorithm.h"

namespace hearsay {

class DenseRows {
 public:
  struct Stretch {
    std::span<const simd::WeightedRow> rows;  // of these coordinates, in the order of add()
    std::size_t begin = 0;
    std::size_t size = 0;
  };

  void clear();
  void add(ByteView model, float weight);
  void add(const Incoming& message, float weight);

  /// The next stretch, as long as it can be but for `most`; of no coordinates behind the last.
  /// Valid until the next call.
  Stretch next(std::size_t most = std::numeric_limits<std::size_t>::max());

 private:
  struct Place {
    std::span<const ByteView> later;  // pieces
    std::size_t left = 0;             // floats of the one that rows_ points into
  };

  std::vector<simd::WeightedRow> rows_;
  std::vector<Place> places_;
  std::size_t at_ = 0;
  std::size_t given_ = 0;  // the size of the stretch before
};

}  // namespace hearsay
