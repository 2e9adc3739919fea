#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/core/data/data_testing.h"

namespace hearsay {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::load;
using testing::message_of;
using testing::settings;
using testing::TempFolder;

Dataset read(const std::string& text, const Params& more = {}) {
  const TempFolder folder;
  Params given = more;
  given.set("train", folder.write("train.tsv", text));
  return load("tsv", given);
}

TEST(Tsv, RowsAreWordNumbers) {
  const TempFolder folder;
  const auto train = folder.write("train.tsv", "1\tgood good film\n0\tbad film\n");
  const auto test = folder.write_gzip("test.tsv.gz", "1\ta good\tone\n");
  const Dataset data = load("tsv", settings({{"train", train}, {"test", test}, {"length", 4}}));
  EXPECT_THAT(data.train.words, ElementsAre(0, 3, 3, 2, 0, 0, 4, 2));
  EXPECT_THAT(data.train.labels, ElementsAre(1.0, 0.0));
  EXPECT_THAT(data.test.words, ElementsAre(0, 1, 3, 1));
  EXPECT_THAT(data.test.labels, ElementsAre(1.0));
  EXPECT_EQ(data.vocabulary, 5U);
  EXPECT_EQ(data.train.features, 4U);
  EXPECT_THAT(data.shape, ElementsAre(4));
  EXPECT_THAT(data.classes, ElementsAre(0.0, 1.0));
}

TEST(Tsv, TakesItsSettings) {
  const Params given =
      settings({{"vocabulary", 1}, {"length", 2}, {"cut", "last"}, {"pad", "back"}});
  const Dataset data = read("1\tb a a\n0\ta\n", given);
  EXPECT_EQ(data.vocabulary, 3U);
  EXPECT_THAT(data.train.words, ElementsAre(1, 2, 2, 0));
}

TEST(Tsv, OnlyLfEndsALine) {
  const Dataset data =
      read("1\tone\xc2\x85two\x0b three\n\n0\t\n1\tlast", settings({{"length", 3}}));
  EXPECT_THAT(data.train.labels, ElementsAre(1.0, 0.0, 1.0));
  EXPECT_EQ(data.vocabulary, 6U);
}

TEST(Tsv, WordsOfHeldOutRowsDoNotCount) {
  const Dataset data =
      read("1\ta\n0\tb b b\n1\ta\n0\tb b b\n", settings({{"holdout", 0.5}, {"length", 1}}));
  EXPECT_EQ(data.vocabulary, 3U);
  EXPECT_THAT(data.train.words, ElementsAre(2, 2));
  EXPECT_THAT(data.test.words, ElementsAre(1, 1));
  EXPECT_THAT(data.test.labels, ElementsAre(0.0, 0.0));
}

TEST(Tsv, RefusesMalformedLines) {
  EXPECT_THAT(message_of<DataError>([] { read("1\tfine\nno tab here\n"); }),
              HasSubstr("train.tsv:2: 'no tab here' has no tab, a line is: label TAB text"));
  EXPECT_THAT(message_of<DataError>([] { read("pos\tfine\n"); }),
              HasSubstr("train.tsv:1: label 'pos' is not a finite number"));
  EXPECT_THROW(read("\tfine\n"), DataError);
  EXPECT_THAT(message_of<DataError>([] { read("\n"); }), HasSubstr("no training rows"));
}

TEST(Imdb, IsFoundByItsUsualNames) {
  const TempFolder folder;
  const DataPaths paths{folder.path(), ""};
  EXPECT_THAT(message_of<DataError>([&] { load("imdb", {}, paths); }),
              AllOf(HasSubstr("imdb: looked for a file named imdb_train.tsv (plain or .gz)"),
                    HasSubstr("get it by hand: unpack aclImdb_v1.tar.gz")));
  folder.write_gzip("imdb_train.tsv.gz", "1\tgood\n0\tbad\n");
  EXPECT_EQ(load("imdb", {}, paths).test.count, 0U);
  folder.write("imdb_test_5k.tsv", "1\tgood\n");
  const Dataset data = load("imdb", {}, paths);
  EXPECT_EQ(data.test.count, 1U);
  EXPECT_EQ(data.name, "imdb");
  EXPECT_EQ(data.train.features, 300U);
}

TEST(Imdb, RealReviewsHaveTheirLabelsAndWords) {
  const char* folder = std::getenv("HEARSAY_DATA_DIR");
  if (folder == nullptr) GTEST_SKIP() << "HEARSAY_DATA_DIR is not set";
  Dataset data;
  try {
    data = load("imdb", {}, {folder, ""});
  } catch (const DataError& error) {
    GTEST_SKIP() << error.what();
  }
  EXPECT_EQ(data.train.count, 25'000U);
  EXPECT_EQ(std::count(data.train.labels.begin(), data.train.labels.end(), 1.0), 12'500);
  EXPECT_EQ(std::count(data.test.labels.begin(), data.test.labels.end(), 1.0),
            static_cast<std::ptrdiff_t>(data.test.count / 2));
  EXPECT_EQ(data.vocabulary, 1002U);
  EXPECT_EQ(*std::max_element(data.train.words.begin(), data.train.words.end()), 1001);
  // In English text "the" is the most frequent word: every twentieth or so.
  const auto the = std::count(data.train.words.begin(), data.train.words.end(), 2);
  const auto padding = std::count(data.train.words.begin(), data.train.words.end(), 0);
  const auto real = static_cast<double>(data.train.words.size()) - static_cast<double>(padding);
  EXPECT_NEAR(static_cast<double>(the) / real, 0.057, 0.01);
}

}  // namespace
}  // namespace hearsay
