// a9a: UCI Adult made binary by J. Platt, 32,561 + 16,281 rows, 123 features, labels -1 and +1.
#include "core/data/finish.h"
#include "core/data/libsvm.h"
#include "core/data/locate.h"

namespace hearsay {

namespace {

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  const auto files =
      find_usual_files("a9a", {{{"a9a", "a9a.txt"}}, {{"a9a.t", "a9a.t.txt"}, false}}, paths);
  return load_libsvm("a9a", files[0], files[1], params);
}

}  // namespace

Part<MakeDataset> part_a9a() {
  return {"a9a", "a9a of the LIBSVM collection (32,561 rows, 123 features, 2 classes)",
          with_common_params({}), make, "name"};
}

}  // namespace hearsay
