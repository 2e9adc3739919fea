// a9a: UCI Adult made binary by J. Platt, 32,561 + 16,281 rows, 123 features, labels -1 and +1.
#include "core/data/finish.h"
#include "core/data/libsvm.h"
#include "core/data/locate.h"

namespace hearsay {

namespace {

const PublicData& a9a() {
  static const PublicData kData{
      .page = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html#a9a",
      .base = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary",
      .licence = "CC BY 4.0 (UCI Adult)",
      .files = {{{{"a9a", "a9a.txt"}},
                 "a9a",
                 2'329'875,
                 "f5d5ffd8d865ff41328e7ee043e4b020816914ff6843ff15b98905ddbedce906"},
                {{{"a9a.t", "a9a.t.txt"}, false},
                 "a9a.t",
                 1'164'628,
                 "1f448a153f0320399a7e40836eb207655b0bde0f21fc941cc472193daa9f5de9"}}};
  return kData;
}

Dataset make(const Params& params, const DataPaths& paths, std::uint64_t /*seed*/) {
  const auto files = find_usual_files("a9a", usual_files(a9a()), paths);
  return load_libsvm("a9a", files[0], files[1], params);
}

}  // namespace

Part<DatasetMaker> part_a9a() {
  return {"a9a",
          "a9a of the LIBSVM collection (32,561 rows, 123 features, 2 classes)",
          with_common_params({}),
          {.make = make, .origin = a9a},
          "name"};
}

}  // namespace hearsay
