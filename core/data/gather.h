// From rows as they are kept to the arrays that a batch is computed on.
#pragma once

#include <cstdint>
#include <span>

#include "core/dataset.h"
#include "core/random.h"
#include "core/types.h"

namespace hearsay {

/// Writes the given rows behind each other to `out` (rows * features values). Sparse rows are
/// filled with zeros, bytes become the values they stand for.
void gather(const Rows& rows, std::span<const std::uint32_t> which, VectorView out);

/// The same for rows that are sequences of word numbers.
void gather_words(const Rows& rows, std::span<const std::uint32_t> which,
                  std::span<std::int64_t> out);

/// Random changes of training images that keep their class (He et al., CVPR 2016, section 4.2).
struct Augmentation {
  std::int64_t crop = 0;  // pad by so many black pixels on each side, then cut at a random place
  bool flip = false;      // mirror every other image, on average
  bool any() const { return crop > 0 || flip; }
};

/// Writes the given images, each changed at random, to `out`. `shape`: channels, height, width.
/// Padding is the byte 0 before it is normalized, or the value 0 in rows that are no bytes. Draws
/// from `random` for each image in turn: with crop > 0 the cut's row and its column, both in
/// [0, 2 crop]; with flip one of 0 (as it is) and 1 (mirrored, after the cut).
void gather_augmented(const Rows& rows, std::span<const std::int64_t> shape,
                      std::span<const std::uint32_t> which, const Augmentation& how, Stream& random,
                      VectorView out);

}  // namespace hearsay
