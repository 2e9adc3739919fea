// The idx format of MNIST: big-endian magic 00 00 08 D (unsigned bytes, D dimensions), D lengths,
// then the bytes (LeCun, Cortes, Burges: The MNIST database).
#pragma once

#include "core/data/byte_stream.h"
#include "core/dataset.h"

namespace hearsay {

/// Reads images (2 to 4 dimensions, the first counts the images) and their labels (1 dimension) as
/// dense rows of bytes * scale. Throws DataError for another magic, a file that is cut short or too
/// long, and counts that differ. Never allocates by a length that the bytes do not bear out beyond
/// a fixed bound.
Rows read_idx(ByteStream& images, ByteStream& labels, double scale);

struct IdxPaths {
  std::string train_images;
  std::string train_labels;
  std::string test_images;  // empty when there is no test set
  std::string test_labels;
};

Dataset load_idx(std::string name, const IdxPaths& files, const Params& params);

}  // namespace hearsay
