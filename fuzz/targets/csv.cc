// CSV files. The first byte chooses where the label is, and whether there is a test file.
#include <array>

#include "fuzz/data.h"
#include "fuzz/targets.h"

namespace hearsay::fuzz {

void fuzz_csv(ByteView input) {
  static const MemoryFile kTrain;
  static const MemoryFile kTest;
  static const auto kSettings = [](const char* label) {
    return std::array{
        data_settings("csv", {{"train", kTrain.path()}, {"label", label}, {"holdout", 0.5}}),
        data_settings("csv", {{"train", kTrain.path()}, {"test", kTest.path()}, {"label", label}})};
  };
  static const std::array kAll = {kSettings("first"), kSettings("last"), kSettings("y")};
  Choices choices(input);
  const std::size_t choice = choices.below(6);
  const bool two = choice % 2 == 1;
  const ByteView file = choices.rest();
  const std::size_t cut = two ? file.size() / 2 : file.size();
  kTrain.write(file.first(cut));
  kTest.write(file.subspan(cut));
  read_data(kAll.at(choice / 2).at(two ? 1 : 0), file.size());
}

}  // namespace hearsay::fuzz
