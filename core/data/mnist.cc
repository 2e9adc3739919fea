// MNIST: 60,000 + 10,000 images of handwritten digits, 28 x 28 bytes (LeCun, Cortes, Burges).
#include "core/data/finish.h"
#include "core/data/idx.h"
#include "core/data/locate.h"

namespace hearsay {

namespace {

PublicFile file(const std::string& stem, const std::string& kind, bool required,
                std::uint64_t bytes, const std::string& sha256) {
  const std::string name = stem + "-" + kind + "-ubyte";
  return {{{name, stem + "." + kind + "-ubyte"}, required}, name + ".gz", bytes, sha256};
}

const PublicData& mnist() {
  static const PublicData kData{
      .page = "http://yann.lecun.com/exdb/mnist/",
      .base = "https://ossci-datasets.s3.amazonaws.com/mnist",
      .licence = "CC BY-SA 3.0 (Y. LeCun, C. Cortes)",
      .files = {file("train-images", "idx3", true, 47'040'016,
                     "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
                file("train-labels", "idx1", true, 60'008,
                     "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
                file("t10k-images", "idx3", false, 7'840'016,
                     "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
                file("t10k-labels", "idx1", false, 10'008,
                     "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")}};
  return kData;
}

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  const auto files = find_usual_files("mnist", usual_files(mnist()), paths);
  const bool tested = !files[2].empty() && !files[3].empty();
  const Normalization normalization =
      params.flag("normalize") ? Normalization{0.1307, 0.3081} : Normalization{};
  return load_idx("mnist", {files[0], files[1], tested ? files[2] : "", tested ? files[3] : ""},
                  normalization, params);
}

}  // namespace

Part<DatasetMaker> part_mnist() {
  return {"mnist",
          "MNIST handwritten digits (60,000 images, 28 x 28, 10 classes)",
          with_common_params(
              {boolean("normalize",
                       "subtract the mean of the pixels, 0.1307, and divide by their deviation, "
                       "0.3081")
                   .by_default(false)},
              1.0 / 255.0),
          {.make = make, .origin = mnist},
          "name"};
}

}  // namespace hearsay
