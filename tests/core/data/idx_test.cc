#include "core/data/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/data/data_testing.h"

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::key_of;
using testing::load;
using testing::message_of;
using testing::settings;
using testing::TempFolder;
using testing::values_of;

std::string header(unsigned char dimensions, std::initializer_list<unsigned> lengths) {
  std::string bytes{'\0', '\0', '\x08', static_cast<char>(dimensions)};
  for (const unsigned length : lengths)
    for (const unsigned shift : {24U, 16U, 8U, 0U})
      bytes += static_cast<char>(length >> shift & 0xffU);
  return bytes;
}

// Two images of 2 x 3 bytes.
const std::string kImages =
    header(3, {2, 2, 3}) + std::string("\x00\xff\x33\x01\x02\x03\x04\x05\x06\x07\x08\x09", 12);
const std::string kLabels = header(1, {2}) + std::string("\x07\x02", 2);

Dataset read(const std::string& images, const std::string& labels) {
  const TempFolder folder;
  return load("idx", settings({{"train_images", folder.write("images", images)},
                               {"train_labels", folder.write("labels", labels)}}));
}

TEST(Idx, ReadsBytesAsSharesOf255) {
  const Dataset data = read(kImages, kLabels);
  EXPECT_EQ(data.train.count, 2U);
  EXPECT_EQ(data.train.features, 6U);
  EXPECT_EQ(data.train.bytes.size(), 12U);
  EXPECT_TRUE(data.train.values.empty());
  const Vector values = values_of(data.train);
  EXPECT_EQ(values[0], 0.0F);
  EXPECT_EQ(values[1], 1.0F);
  EXPECT_EQ(values[2], static_cast<float>(51 * (1.0 / 255.0)));
  EXPECT_EQ(values[11], static_cast<float>(9 * (1.0 / 255.0)));
  EXPECT_THAT(data.shape, ElementsAre(1, 2, 3));
  EXPECT_THAT(data.train.labels, ElementsAre(7.0, 2.0));
  EXPECT_THAT(data.classes, ElementsAre(2.0, 7.0));
}

TEST(Idx, TakesAnotherScaleAndATestSet) {
  const TempFolder folder;
  const auto images = folder.write("images", kImages);
  const auto labels = folder.write_gzip("labels", kLabels);
  const Dataset data = load("idx", settings({{"train_images", images},
                                             {"train_labels", labels},
                                             {"test_images", images},
                                             {"test_labels", labels},
                                             {"scale", 1.0}}));
  EXPECT_EQ(values_of(data.train)[1], 255.0F);
  EXPECT_EQ(values_of(data.test), values_of(data.train));
  EXPECT_EQ(data.test.labels, data.train.labels);
}

TEST(Idx, TakesTheShapeFromTheHeader) {
  const std::string bytes(12, 'x');
  EXPECT_TRUE(read(header(2, {2, 6}) + bytes, kLabels).shape.empty());
  EXPECT_THAT(read(header(4, {2, 3, 2, 1}) + bytes, kLabels).shape, ElementsAre(3, 2, 1));
}

TEST(Idx, Normalizes) {
  const TempFolder folder;
  const Dataset data = load("idx", settings({{"train_images", folder.write("images", kImages)},
                                             {"train_labels", folder.write("labels", kLabels)},
                                             {"mean", 0.25},
                                             {"deviation", 0.3}}));
  EXPECT_EQ(values_of(data.train)[0], static_cast<float>((0.0 - 0.25) / 0.3));
  EXPECT_EQ(values_of(data.train)[2], static_cast<float>((51 * (1.0 / 255.0) - 0.25) / 0.3));
}

TEST(Idx, HoldsOutRowsOfBytes) {
  const TempFolder folder;
  const auto images = folder.write("images", header(2, {5, 2}) + "aabbccddee");
  const Dataset data =
      load("idx", settings({{"train_images", images},
                            {"train_labels", folder.write("labels", header(1, {5}) + "12345")},
                            {"scale", 1.0},
                            {"holdout", 0.5}}));
  EXPECT_THAT(values_of(data.train), ElementsAre('a', 'a', 'c', 'c', 'e', 'e'));
  EXPECT_THAT(data.train.labels, ElementsAre('1', '3', '5'));
  EXPECT_THAT(values_of(data.test), ElementsAre('b', 'b', 'd', 'd'));
  EXPECT_THAT(data.test.labels, ElementsAre('2', '4'));
}

TEST(Idx, RefusesImagesCutShortAnywhere) {
  for (std::size_t size = 0; size < kImages.size(); ++size)
    EXPECT_THROW(read(kImages.substr(0, size), kLabels), DataError) << size;
  for (std::size_t size = 0; size < kLabels.size(); ++size)
    EXPECT_THROW(read(kImages, kLabels.substr(0, size)), DataError) << size;
  EXPECT_THAT(message_of<DataError>([] { read(kImages.substr(0, 20), kLabels); }),
              HasSubstr("images: truncated, 4 of 12 bytes"));
  EXPECT_THAT(message_of<DataError>([] { read(kImages.substr(0, 9), kLabels); }),
              HasSubstr("images: ends inside its idx header"));
}

TEST(Idx, RefusesBytesBehindTheEnd) {
  EXPECT_THAT(message_of<DataError>([] { read(kImages + "x", kLabels); }),
              HasSubstr("images: more than the 12 bytes"));
}

TEST(Idx, RefusesAnotherMagic) {
  EXPECT_THAT(message_of<DataError>([] { read(kLabels, kImages); }),
              HasSubstr("images: idx magic 0x00000801 found, allowed is 0x00000802 to 0x00000804"));
  EXPECT_THAT(message_of<DataError>([] { read(kImages, kImages); }),
              HasSubstr("labels: idx magic 0x00000803 found, allowed is 0x00000801"));
  EXPECT_THAT(message_of<DataError>([] { read("PNG bytes", kLabels); }), HasSubstr("idx magic"));
}

TEST(Idx, RefusesCountsThatDiffer) {
  EXPECT_THAT(message_of<DataError>([] { read(kImages, header(1, {3}) + "abc"); }),
              HasSubstr("3 labels for the 2 images"));
}

TEST(Idx, DoesNotBelieveAHugeHeader) {
  // 4 G x 4 G pixels would overflow; 2 G labels must not be allocated for a file of a few bytes.
  EXPECT_THAT(message_of<DataError>([] {
                read(header(4, {0xffffffff, 0xffffffff, 0xffffffff, 2}), header(1, {0xffffffff}));
              }),
              HasSubstr("impossible lengths"));
  EXPECT_THAT(message_of<DataError>([] {
                read(header(3, {0x7fffffff, 1, 1}) + "abc", header(1, {0x7fffffff}) + "abc");
              }),
              HasSubstr("truncated, 3 of 2147483647 bytes"));
}

TEST(Idx, WantsBothFilesOfATestSet) {
  const TempFolder folder;
  const Params given = settings({{"train_images", folder.write("images", kImages)},
                                 {"train_labels", folder.write("labels", kLabels)},
                                 {"test_images", folder.path() + "/images"}});
  EXPECT_EQ(key_of([&] { load("idx", given); }), "test_labels");
}

}  // namespace
}  // namespace hearsay
