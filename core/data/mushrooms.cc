// mushrooms: UCI Mushroom, one-hot, 8,124 rows, 112 features, labels 1 (poisonous) and 2 (edible).
#include "core/data/finish.h"
#include "core/data/libsvm.h"
#include "core/data/locate.h"

namespace hearsay {

namespace {

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  const auto files = find_usual_files("mushrooms", {{{"mushrooms", "mushrooms.txt"}}}, paths);
  return load_libsvm("mushrooms", files[0], "", params);
}

}  // namespace

Part<MakeDataset> part_mushrooms() {
  return {"mushrooms", "mushrooms of the LIBSVM collection (8,124 rows, 112 features, 2 classes)",
          with_common_params({}), make, "name"};
}

}  // namespace hearsay
