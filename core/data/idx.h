// The idx format of MNIST: big-endian magic 00 00 08 D (unsigned bytes, D dimensions), D lengths,
// then the bytes (LeCun, Cortes, Burges: The MNIST database).
#pragma once

#include "core/data/byte_stream.h"
#include "core/dataset.h"

namespace hearsay {

/// Reads images (2 to 4 dimensions, the first counts the images) and their labels (1 dimension) as
/// rows of bytes. `shape` gets that of an image, {channels, height, width}, unless null or the
/// images have 2 dimensions: then it is empty. Throws DataError for another magic, a file that is
/// cut short or too long, and counts that differ. Never allocates by a length that the bytes do not
/// bear out beyond a fixed bound.
Rows read_idx(ByteStream& images, ByteStream& labels, std::shared_ptr<const ByteValues> stand_for,
              std::vector<std::int64_t>* shape = nullptr);

struct IdxPaths {
  std::string train_images;
  std::string train_labels;
  std::string test_images;  // empty when there is no test set
  std::string test_labels;
};

/// Bytes stand for (byte * scale - mean) / deviation.
struct Normalization {
  double mean = 0.0;
  double deviation = 1.0;
};

Dataset load_idx(std::string name, const IdxPaths& files, const Normalization& normalization,
                 const Params& params);

}  // namespace hearsay
