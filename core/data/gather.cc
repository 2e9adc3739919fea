#include "core/data/gather.h"

#include <algorithm>
#include <stdexcept>

namespace hearsay {

void gather(const Rows& rows, std::span<const std::uint32_t> which, VectorView out) {
  float* to = out.data();
  for (const std::uint32_t r : which) {
    if (rows.sparse()) {
      std::fill_n(to, rows.features, 0.0F);
      for (std::uint64_t k = rows.row_begin[r]; k < rows.row_begin[r + 1]; ++k)
        to[rows.columns[k]] = rows.values[k];
    } else {
      std::copy_n(rows.values.data() + r * rows.features, rows.features, to);
    }
    to += rows.features;
  }
}

void gather_words(const Rows& /*rows*/, std::span<const std::uint32_t> /*which*/,
                  std::span<std::int64_t> /*out*/) {
  throw std::logic_error("rows of words: to be done");
}

void gather_augmented(const Rows& /*rows*/, std::span<const std::int64_t> /*shape*/,
                      std::span<const std::uint32_t> /*which*/, const Augmentation& /*how*/,
                      Stream& /*random*/, VectorView /*out*/) {
  throw std::logic_error("augmentation: to be done");
}

}  // namespace hearsay
