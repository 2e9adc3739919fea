#include "core/data/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/data/data_testing.h"

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::load;
using testing::message_of;
using testing::settings;
using testing::TempFolder;

Dataset read(const std::string& text, const char* label = "last", const std::string& test = "") {
  const TempFolder folder;
  Params given = settings({{"train", folder.write("a.csv", text)}, {"label", label}});
  if (!test.empty()) given.set("test", folder.write("b.csv", test));
  return load("csv", given);
}

TEST(Csv, ReadsDenseRowsWithTheLabelLast) {
  const Dataset data = read("1,2.5,0\n-3,4e-1,1\n");
  EXPECT_FALSE(data.train.sparse());
  EXPECT_EQ(data.train.count, 2U);
  EXPECT_EQ(data.train.features, 2U);
  EXPECT_THAT(data.train.values, ElementsAre(1.0F, 2.5F, -3.0F, 0.4F));
  EXPECT_THAT(data.train.labels, ElementsAre(0.0, 1.0));
  EXPECT_EQ(data.test.count, 0U);
}

TEST(Csv, TakesTheLabelFirstOrByName) {
  EXPECT_THAT(read("7,1,2\n8,3,4\n", "first").train.labels, ElementsAre(7.0, 8.0));
  const Dataset named = read("a,y,b\n1,7,2\n3,8,4\n", "y");
  EXPECT_THAT(named.train.labels, ElementsAre(7.0, 8.0));
  EXPECT_THAT(named.train.values, ElementsAre(1.0F, 2.0F, 3.0F, 4.0F));
}

TEST(Csv, RecognisesAHeader) {
  // Names of features.
  EXPECT_EQ(read("a,b,y\n1,2,0\n3,4,1\n").train.count, 2U);
  // Another number of fields than the rows: scikit-learn's files start with "rows,features,names".
  EXPECT_THAT(read("2,2,malignant,benign\n1,2,0\n3,4,1\n").train.labels, ElementsAre(0.0, 1.0));
  // Numbers as the names of features, and a name for the label.
  EXPECT_EQ(read("0,1,label\n1,2,0\n3,4,1\n").train.count, 2U);
  // Names of classes in the first row do not make it a header.
  EXPECT_EQ(read("1,2,rose\n3,4,iris\n").train.count, 2U);
}

TEST(Csv, NumbersClassNamesInSortedOrder) {
  const Dataset data =
      read("1,rose\n2,iris\n3,\"lily\"\n4,rose\n", "last", "5,rose\n6,tulip\n7,aster\n");
  EXPECT_THAT(data.train.labels, ElementsAre(2.0, 0.0, 1.0, 2.0));
  EXPECT_THAT(data.classes, ElementsAre(0.0, 1.0, 2.0));
  // Names that only the test set has come behind, so they never equal a training class.
  EXPECT_THAT(data.test.labels, ElementsAre(2.0, 4.0, 3.0));
}

TEST(Csv, TakesQuotesBlanksAndEmptyLines) {
  const Dataset data = read("\"a, b\", \"c\" ,y\r\n 1 , \"2\",\"x,y\"\r\n\r\n3,4, z \r\n");
  EXPECT_EQ(data.train.count, 2U);
  EXPECT_THAT(data.train.values, ElementsAre(1.0F, 2.0F, 3.0F, 4.0F));
  EXPECT_THAT(data.train.labels, ElementsAre(0.0, 1.0));
}

TEST(Csv, NamesTheLineOfMalformedRows) {
  const auto error_of = [](const char* text) { return message_of<DataError>([&] { read(text); }); };
  EXPECT_THAT(error_of("1,2,0\n\n3,4,1\n1,2\n"),
              HasSubstr("a.csv:4: 2 fields found, the rows before have 3"));
  EXPECT_THAT(error_of("1,2,0\n1,2,0,0\n1,2,0,0\n3,4,1\n"), HasSubstr("a.csv:4: 3 fields found"));
  EXPECT_THAT(error_of("1,2,0\n1,,0\n"), HasSubstr("a.csv:2: field 2 is empty"));
  EXPECT_THAT(error_of("1,2,0\n1,2,\n"), HasSubstr("a.csv:2: field 3 is empty"));
  EXPECT_THAT(error_of("1,,0\n1,2,0\n"), HasSubstr("a.csv:1: field 2 is empty"));
  EXPECT_THAT(error_of("1,2,0\n1,abc,0\n"),
              HasSubstr("a.csv:2: field 2, 'abc', is not a finite number"));
  EXPECT_THAT(error_of("1,2,0\nnan,2,0\n"), HasSubstr("a.csv:2: field 1, 'nan'"));
  EXPECT_THAT(error_of("1,2,0\n1,-4e38,0\n"),
              HasSubstr("a.csv:2: field 2, -4e+38, is too large for a float"));
  EXPECT_THAT(error_of("1\n2\n"), HasSubstr("at least 2 are needed"));
  EXPECT_THAT(error_of(""), HasSubstr("a.csv: no rows"));
  EXPECT_THAT(error_of("a,b\n"), HasSubstr("a.csv: a header, but no rows"));
}

TEST(Csv, RefusesALabelColumnThatTheHeaderLacks) {
  const auto error_of = [](const char* text) {
    return message_of<DataError>([&] { read(text, "y"); });
  };
  EXPECT_THAT(error_of("a,b\n1,2\n"), HasSubstr("a.csv:1: no column named 'y'"));
  EXPECT_THAT(error_of("1,2\n3,4\n"), HasSubstr("no column named 'y'"));
  EXPECT_THAT(error_of("2,1,y,z\n3,4\n"), HasSubstr("no column named 'y'"));
}

TEST(Csv, RefusesATestFileThatDoesNotFit) {
  EXPECT_THAT(message_of<DataError>([] { read("1,2,0\n3,4,1\n", "last", "1,2,3,0\n"); }),
              HasSubstr("3 features in a test row, 2 in a training row"));
  EXPECT_THAT(message_of<DataError>([] { read("1,2,0\n3,4,1\n", "last", "1,2,0\n1,2,b\n"); }),
              HasSubstr("b.csv:2: label 'b' is not a number"));
}

TEST(Csv, PlainAndGzippedReadAlike) {
  const TempFolder folder;
  const std::string text = "a,b,y\n0.1,0.2,0\n0.3,0.4,1\n";
  const Dataset plain = load("csv", settings({{"train", folder.write("a.csv", text)}}));
  const Dataset packed = load("csv", settings({{"train", folder.write_gzip("b.csv", text)}}));
  EXPECT_EQ(plain.train.values, packed.train.values);
  EXPECT_EQ(plain.train.labels, packed.train.labels);
}

}  // namespace
}  // namespace hearsay
