#include "core/dataset.h"

// A new data set or file format: a file in this folder, and its name in this list.
#define HEARSAY_DATASETS(PART) \
  PART(digits)                 \
  PART(a9a)                    \
  PART(mushrooms)              \
  PART(mnist)                  \
  PART(cifar10)                \
  PART(imdb)                   \
  PART(synthetic)              \
  PART(libsvm)                 \
  PART(csv)                    \
  PART(idx)                    \
  PART(tsv)

namespace hearsay {

#define HEARSAY_DECLARE(name) Part<DatasetMaker> part_##name();
HEARSAY_DATASETS(HEARSAY_DECLARE)
#undef HEARSAY_DECLARE

const Registry<DatasetMaker>& datasets() {
#define HEARSAY_ROW(name) part_##name(),
  static const Registry<DatasetMaker> kRegistry("data", {HEARSAY_DATASETS(HEARSAY_ROW)});
#undef HEARSAY_ROW
  return kRegistry;
}

const Catalogue& dataset_catalogue() {
  return datasets().catalogue();
}

}  // namespace hearsay
