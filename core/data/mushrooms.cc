// mushrooms: UCI Mushroom, one-hot, 8,124 rows, 112 features, labels 1 (poisonous) and 2 (edible).
#include "core/data/finish.h"
#include "core/data/libsvm.h"
#include "core/data/locate.h"

namespace hearsay {

namespace {

const PublicData& mushrooms() {
  static const PublicData kData{
      .page = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html#mushrooms",
      .base = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary",
      .licence = "CC BY 4.0 (UCI Mushroom)",
      .files = {{{{"mushrooms", "mushrooms.txt"}},
                 "mushrooms",
                 879'712,
                 "f39a4eb628dc61a7d43760815b061c9e497aa728ce1ad8bde57a09ef6043b538"}}};
  return kData;
}

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  const auto files = find_usual_files("mushrooms", usual_files(mushrooms()), paths);
  return load_libsvm("mushrooms", files[0], "", params);
}

}  // namespace

Part<DatasetMaker> part_mushrooms() {
  return {"mushrooms",
          "mushrooms of the LIBSVM collection (8,124 rows, 112 features, 2 classes)",
          with_common_params({}),
          {.make = make, .origin = mushrooms},
          "name"};
}

}  // namespace hearsay
