#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/core/data/data_testing.h"

namespace hearsay {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::key_of;
using testing::load;
using testing::message_of;
using testing::settings;
using testing::TempFolder;
using testing::values_of;

std::string record(int label, char red = 'r', char green = 'g', char blue = 'b') {
  return std::string(1, static_cast<char>(label)) + std::string(1024, red) +
         std::string(1024, green) + std::string(1024, blue);
}

Dataset read(const std::string& bytes, const Params& more = {}) {
  const TempFolder folder;
  Params given = more;
  given.set("train", std::vector<Value>{folder.write("batch.bin", bytes)});
  return load("cifar10", given);
}

TEST(Cifar10, ReadsRecordsAndNormalizesByColour) {
  const Dataset data = read(record(3) + record(9, '\0', '\xff'));
  EXPECT_EQ(data.train.count, 2U);
  EXPECT_EQ(data.train.features, 3072U);
  EXPECT_THAT(data.train.labels, ElementsAre(3.0, 9.0));
  EXPECT_THAT(data.classes, ElementsAre(3.0, 9.0));
  EXPECT_THAT(data.shape, ElementsAre(3, 32, 32));
  EXPECT_EQ(data.train.bytes.size(), 6144U);
  const Vector values = values_of(data.train);
  const auto value = [](int byte, double mean, double deviation) {
    return static_cast<float>((byte * (1.0 / 255.0) - mean) / deviation);
  };
  EXPECT_EQ(values[0], value('r', 0.4914, 0.2470));
  EXPECT_EQ(values[1023], values[0]);
  EXPECT_EQ(values[1024], value('g', 0.4822, 0.2435));
  EXPECT_EQ(values[3071], value('b', 0.4465, 0.2616));
  EXPECT_EQ(values[3072], value(0, 0.4914, 0.2470));
  EXPECT_EQ(values[3072 + 1024], value(255, 0.4822, 0.2435));
}

TEST(Cifar10, WithoutNormalizingTheValuesAreShares) {
  const Vector values =
      values_of(read(record(1, '\xff', '\0'), settings({{"normalize", false}})).train);
  EXPECT_EQ(values[0], 1.0F);
  EXPECT_EQ(values[1024], 0.0F);
}

TEST(Cifar10, TakesSeveralFilesAndATestSet) {
  const TempFolder folder;
  const std::vector<Value> train = {folder.write("one", record(1) + record(2)),
                                    folder.write_gzip("two", record(3))};
  const std::vector<Value> test = {folder.write("test", record(4))};
  const Dataset data = load("cifar10", settings({{"train", train}, {"test", test}}));
  EXPECT_THAT(data.train.labels, ElementsAre(1.0, 2.0, 3.0));
  EXPECT_THAT(data.test.labels, ElementsAre(4.0));
  EXPECT_EQ(key_of([&] { load("cifar10", settings({{"test", test}})); }), "train");
  EXPECT_EQ(key_of([&] { load("cifar10", settings({{"train", std::vector<Value>{}}})); }), "train");
}

TEST(Cifar10, RefusesRecordsThatAreCutShort) {
  EXPECT_THAT(message_of<DataError>([] { read((record(1) + record(2)).substr(0, 3073 + 17)); }),
              HasSubstr("batch.bin: truncated, 17 of 3073 bytes of record 2"));
  EXPECT_THAT(message_of<DataError>([] { read(""); }),
              HasSubstr("batch.bin: truncated, 0 of 3073 bytes of record 1"));
  for (const std::size_t size : {1U, 1024U, 3072U, 3074U, 6145U})
    EXPECT_THROW(read((record(1) + record(2)).substr(0, size)), DataError) << size;
}

TEST(Cifar10, RefusesLabelsThatAreNone) {
  EXPECT_THAT(message_of<DataError>([] { read(record(1) + record(10)); }),
              HasSubstr("batch.bin: label 10 of record 2, allowed is 0 to 9"));
  EXPECT_THAT(message_of<DataError>([] { read(record(255)); }), HasSubstr("label 255 of record 1"));
}

TEST(Cifar10, FindsTheBatchesThatAreThere) {
  const TempFolder folder;
  const DataPaths paths{folder.path(), ""};
  EXPECT_THAT(message_of<DataError>([&] { load("cifar10", {}, paths); }),
              AllOf(HasSubstr("cifar10: looked for a file named data_batch_1.bin or data_batch_2"),
                    HasSubstr("get it by hand: unpack cifar-10-binary.tar.gz")));
  folder.write("test_batch_first1000.bin", record(7));
  EXPECT_THROW(load("cifar10", {}, paths), DataError);  // a test set alone is no data set
  folder.write("cifar-10-batches-bin/data_batch_4.bin", record(4));
  folder.write_gzip("cifar-10-batches-bin/data_batch_2.bin.gz", record(2));
  const Dataset data = load("cifar10", {}, paths);
  EXPECT_THAT(data.train.labels, ElementsAre(2.0, 4.0));
  EXPECT_THAT(data.test.labels, ElementsAre(7.0));
}

TEST(Cifar10, RealBatchesHaveTheirLabels) {
  const char* folder = std::getenv("HEARSAY_DATA_DIR");
  if (folder == nullptr) GTEST_SKIP() << "HEARSAY_DATA_DIR is not set";
  Dataset data;
  try {
    data = load("cifar10", {}, {folder, ""});
  } catch (const DataError& error) {
    GTEST_SKIP() << error.what();
  }
  std::vector<int> counts(10, 0);  // of the first batch, which is the first of the files
  for (std::size_t r = 0; r < 10'000; ++r)
    ++counts.at(static_cast<std::size_t>(data.train.labels.at(r)));
  EXPECT_THAT(counts, ElementsAre(1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981));
  std::vector<int> tested(10, 0);
  for (std::size_t r = 0; r < 1000; ++r)
    ++tested.at(static_cast<std::size_t>(data.test.labels.at(r)));
  EXPECT_THAT(tested, ElementsAre(103, 89, 100, 103, 90, 86, 112, 102, 106, 109));
}

}  // namespace
}  // namespace hearsay
