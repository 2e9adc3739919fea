// The k entries of largest magnitude of a vector, exactly, at little more than one pass over it.
//
// A threshold that is guessed a little too low (from a sample, or from the last vector of the same
// stream) lets a few more than k candidates through; when they become too many they are cut down to
// k on the way, which raises the threshold for the rest. At the end they are cut to k exactly, and
// they have been found in ascending order. A guess that was too high costs a second pass. So the
// guess decides about time, and about nothing else.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/simd/scan.h"
#include "core/types.h"

namespace hearsay {

/// The threshold that the next vector of a stream is likely to have, a little lower. No result
/// depends on it; 0 where nothing is known.
struct SelectionHint {
  std::uint32_t guess = 0;      // a magnitude as an integer
  std::uint32_t threshold = 0;  // of the last vector
};

/// Ascending places and the values there. Lives in the selector until its next use.
struct Selection {
  std::span<const std::uint32_t> indices;
  std::span<const float> values;
  bool finite = true;  // the whole vector, not only what was kept
};

class Selector {
 public:
  /// Of x; of equal magnitudes the lower index. NaN counts as larger than infinity, so it is never
  /// lost silently. 1 <= k <= d. Time: O(d) whatever x holds. Memory: some 4 k entries, 64 KiB at
  /// least.
  Selection largest(ConstVectorView x, std::size_t k, SelectionHint* hint = nullptr);

  /// Of x - y.
  Selection largest_of_difference(ConstVectorView x, ConstVectorView y, std::size_t k,
                                  SelectionHint* hint = nullptr);

  /// Of x + y, which is left in y.
  Selection largest_of_sum(ConstVectorView x, VectorView y, std::size_t k,
                           SelectionHint* hint = nullptr);

 private:
  struct Kth {
    std::uint32_t magnitude = 0;  // of the k-th largest
    std::size_t ties = 0;         // how many equal to it are among the k largest
    std::uint32_t guess = 0;      // what a few more than k have
  };

  struct Collected {
    std::uint32_t lowest = 0;   // what every candidate has at least
    std::uint32_t largest = 0;  // of the whole vector
  };

  template <class First, class Again>
  Selection select(std::size_t d, std::size_t k, SelectionHint* hint, First first, Again again);
  template <class Value>
  std::uint32_t guess_of_sample(std::size_t d, std::size_t k, Value value);
  template <class Scan>
  Collected collect(std::size_t d, std::size_t k, std::uint32_t threshold, Scan scan);
  Kth cut(std::size_t k, std::uint32_t lowest, std::uint32_t largest);
  Kth kth_of_few(std::size_t k, std::uint32_t lowest);

  std::vector<std::uint32_t> places_;
  std::vector<float> values_;
  std::vector<std::uint32_t> keys_;  // scratch
  simd::Candidates found_;
};

/// The places of the k largest of these keys, ascending; of equal ones the lower place. They are
/// left at the start of `space`, which has room for as many keys as there are.
std::span<const std::uint32_t> select_largest_keys(std::span<const std::uint32_t> keys,
                                                   std::size_t k, std::span<std::uint32_t> space);

}  // namespace hearsay
