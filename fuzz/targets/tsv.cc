// Labelled texts. The first byte chooses the settings, the second how much is the test file.
#include <array>

#include "fuzz/data.h"
#include "fuzz/targets.h"

namespace hearsay::fuzz {

void fuzz_tsv(ByteView input) {
  static const MemoryFile kTrain;
  static const MemoryFile kTest;
  static constexpr std::int64_t kLength = 8;
  static const std::array kAll = {
      data_settings("tsv", {{"train", kTrain.path()},
                            {"length", kLength},
                            {"vocabulary", std::int64_t{5}},
                            {"holdout", 0.4}}),
      data_settings(
          "tsv", {{"train", kTrain.path()}, {"length", kLength}, {"cut", "last"}, {"pad", "back"}}),
      data_settings(
          "tsv", {{"train", kTrain.path()}, {"test", kTest.path()}, {"length", std::int64_t{1}}})};
  Choices choices(input);
  const std::size_t choice = choices.below(kAll.size());
  const std::size_t share = choices.byte();
  const ByteView file = choices.rest();
  const std::size_t cut = choice == 2 ? file.size() * share / 255 : file.size();
  kTrain.write(file.first(cut));
  kTest.write(file.subspan(cut));
  read_data(kAll.at(choice), file.size(), kLength);
}

}  // namespace hearsay::fuzz
