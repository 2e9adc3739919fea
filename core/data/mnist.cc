// MNIST: 60,000 + 10,000 images of handwritten digits, 28 x 28 bytes (LeCun, Cortes, Burges).
#include "core/data/finish.h"
#include "core/data/idx.h"
#include "core/data/locate.h"

namespace hearsay {

namespace {

UsualFile usual(const std::string& stem, const std::string& kind, bool required) {
  return {{stem + "-" + kind + "-ubyte", stem + "." + kind + "-ubyte"}, required};
}

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  const auto files =
      find_usual_files("mnist",
                       {usual("train-images", "idx3", true), usual("train-labels", "idx1", true),
                        usual("t10k-images", "idx3", false), usual("t10k-labels", "idx1", false)},
                       paths);
  const bool tested = !files[2].empty() && !files[3].empty();
  return load_idx("mnist", {files[0], files[1], tested ? files[2] : "", tested ? files[3] : ""},
                  params);
}

}  // namespace

Part<MakeDataset> part_mnist() {
  return {"mnist", "MNIST handwritten digits (60,000 images, 28 x 28, 10 classes)",
          with_common_params({}, 1.0 / 255.0), make, "name"};
}

}  // namespace hearsay
