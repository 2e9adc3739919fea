// LibSVM files. The first byte chooses the settings and, where it is odd, what is cut off as the
// test file.
#include "fuzz/data.h"
#include "fuzz/targets.h"

namespace hearsay::fuzz {

void fuzz_libsvm(ByteView input) {
  static const MemoryFile kTrain;
  static const MemoryFile kTest;
  static const Params kOne = data_settings("libsvm", {{"train", kTrain.path()}, {"holdout", 0.3}});
  static const Params kTwo =
      data_settings("libsvm", {{"train", kTrain.path()}, {"test", kTest.path()}, {"scale", 0.5}});
  Choices choices(input);
  const bool two = choices.below(2) == 1;
  const ByteView file = choices.rest();
  const std::size_t cut = two ? file.size() / 2 : file.size();
  kTrain.write(file.first(cut));
  kTest.write(file.subspan(cut));
  read_data(two ? kTwo : kOne, file.size());
}

}  // namespace hearsay::fuzz
