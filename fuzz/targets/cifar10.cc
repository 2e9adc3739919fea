// CIFAR-10's records. They are long and all alike, so an input is what is between them: a label
// each, how often, and how many bytes of the last one are missing.
#include <algorithm>

#include "fuzz/data.h"
#include "fuzz/targets.h"

namespace hearsay::fuzz {

void fuzz_cifar10(ByteView input) {
  static const MemoryFile kTrain;
  static const MemoryFile kTest;
  static const Params kSettings = data_settings(
      "cifar10",
      {{"train", std::vector<Value>{kTrain.path()}}, {"test", std::vector<Value>{kTest.path()}}});
  constexpr std::size_t kRecord = 1 + 3 * 32 * 32;
  constexpr std::size_t kMost = 40;
  Choices choices(input);
  const std::size_t missing = choices.byte() + std::size_t{256} * choices.byte();
  const std::size_t in_test = choices.byte();
  const ByteView rest = choices.rest();
  if (missing == 0xffff) {  // the bytes as they are, such as a gzipped file
    kTrain.write(rest);
    kTest.write(rest);
    return read_data(kSettings, 2 * rest.size());
  }
  const ByteView labels = rest.first(std::min(rest.size(), kMost));
  const std::size_t whole = labels.size() * kRecord;
  Bytes records(whole - std::min(whole, missing), std::byte{7});
  for (std::size_t r = 0; r * kRecord < records.size(); ++r) records[r * kRecord] = labels[r];
  const std::size_t cut = std::min(records.size(), in_test * kRecord);
  kTest.write(ByteView(records).first(cut));
  kTrain.write(ByteView(records).subspan(cut));
  read_data(kSettings, records.size());
}

}  // namespace hearsay::fuzz
