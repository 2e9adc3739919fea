// The values of each coordinate in order of size: what the coordinate-wise rules have in common.
#pragma once

#include <algorithm>

#include "core/aggregator.h"

namespace hearsay {

/// Some consecutive coordinates of n vectors, each sorted for itself: at(r)[c] is the r-th smallest
/// value of coordinate `first` + c. Minus zero counts as zero, so that the order of the vectors
/// leaves no trace. Values move by compare-exchange of whole rows, in the order of Batcher's merge
/// exchange (Knuth, TAOCP 3, 5.2.2, Algorithm M): about n (log2 n)^2 / 4 of them, each a plain loop
/// over the coordinates.
class SortedColumns {
 public:
  /// Coordinates at a time: n rows of them stay in the cache for hundreds of vectors.
  static constexpr std::size_t kMost = 64;

  /// `room`: n * kMost floats.
  SortedColumns(const PeerVectors& peers, std::size_t first, VectorView room);

  std::size_t first() const { return first_; }
  std::size_t size() const { return size_; }  // at most kMost
  ConstVectorView at(std::size_t r) const { return room_.subspan(r * kMost, size_); }

 private:
  void sort();

  std::size_t first_;
  std::size_t size_;
  std::size_t count_;
  VectorView room_;
};

/// Calls use(columns) for all coordinates, block by block.
template <class Use>
void for_sorted_columns(const PeerVectors& peers, Workspace& work, Use use) {
  const VectorView room =
      work.floats(Workspace::Slot::aggregation, peers.count() * SortedColumns::kMost);
  for (std::size_t first = 0; first < peers.dimension(); first += SortedColumns::kMost)
    use(SortedColumns(peers, first, room));
}

}  // namespace hearsay
