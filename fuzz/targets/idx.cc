// idx files. The first two bytes say how long the file of the labels is, which comes first; the
// rest is that of the images.
#include <algorithm>

#include "fuzz/data.h"
#include "fuzz/targets.h"

namespace hearsay::fuzz {

void fuzz_idx(ByteView input) {
  static const MemoryFile kImages;
  static const MemoryFile kLabels;
  static const Params kSettings = data_settings(
      "idx",
      {{"train_images", kImages.path()}, {"train_labels", kLabels.path()}, {"holdout", 0.3}});
  Choices choices(input);
  const std::size_t wanted = choices.byte() + std::size_t{256} * choices.byte();
  const ByteView files = choices.rest();
  const std::size_t cut = std::min(wanted, files.size());
  kLabels.write(files.first(cut));
  kImages.write(files.subspan(cut));
  read_data(kSettings, files.size());
}

}  // namespace hearsay::fuzz
