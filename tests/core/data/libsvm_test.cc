#include "core/data/libsvm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/data/data_testing.h"

// rapidcheck/gtest.h needs gtest first.
#include <rapidcheck/gtest.h>

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::load;
using testing::message_of;
using testing::settings;
using testing::TempFolder;

Rows read(const std::string& text, double scale = 1.0) {
  const TempFolder folder;
  return read_libsvm(*open_file(folder.write("heart.txt", text)), scale);
}

TEST(Libsvm, ReadsRowsSparse) {
  const Rows rows = read("+1 1:0.5 3:-2\n-1 2:1\n");
  EXPECT_TRUE(rows.sparse());
  EXPECT_EQ(rows.count, 2U);
  EXPECT_EQ(rows.features, 3U);
  EXPECT_THAT(rows.labels, ElementsAre(1.0, -1.0));
  EXPECT_THAT(rows.columns, ElementsAre(0U, 2U, 1U));
  EXPECT_THAT(rows.values, ElementsAre(0.5F, -2.0F, 1.0F));
  EXPECT_THAT(rows.row_begin, ElementsAre(0U, 2U, 3U));
}

TEST(Libsvm, TakesWhatRealFilesHold) {
  const Rows rows =
      read("# a comment line\r\n2 1:1 4:1 \t\r\n\r\n3\r\n2\t2:7 # trailing 9:9\r\n1.5 1:1");
  EXPECT_THAT(rows.labels, ElementsAre(2.0, 3.0, 2.0, 1.5));
  EXPECT_THAT(rows.row_begin, ElementsAre(0U, 2U, 2U, 3U, 4U));
  EXPECT_EQ(rows.features, 4U);
}

TEST(Libsvm, ScalesInDoubleAndRoundsOnce) {
  EXPECT_THAT(read("1 1:3 2:0.1", 1.0 / 3.0).values,
              ElementsAre(1.0F, static_cast<float>(0.1 * (1.0 / 3.0))));
}

TEST(Libsvm, PlainAndGzippedReadAlike) {
  const TempFolder folder;
  const std::string text = "+1 1:0.25 2:3\n-1 1:1e-3\n+1\n";
  const Dataset plain = load("libsvm", settings({{"train", folder.write("a", text)}}));
  const Dataset packed = load("libsvm", settings({{"train", folder.write_gzip("a.gz", text)}}));
  EXPECT_EQ(plain.train.values, packed.train.values);
  EXPECT_EQ(plain.train.columns, packed.train.columns);
  EXPECT_EQ(plain.train.row_begin, packed.train.row_begin);
  EXPECT_EQ(plain.train.labels, packed.train.labels);
  EXPECT_THAT(plain.classes, ElementsAre(-1.0, 1.0));
}

TEST(Libsvm, DropsWhatTestRowsHaveBeyondTheTrainingWidthAndSaysSo) {
  const TempFolder folder;
  const Dataset data = load(
      "libsvm", settings({{"train", folder.write("a", "1 2:1\n2 1:1\n")},
                          {"test", folder.write("a.t", "1 1:5 3:6\n2 2:7 4:8 9:9\n2 3:1\n")}}));
  EXPECT_EQ(data.test.features, 2U);
  EXPECT_THAT(data.test.values, ElementsAre(5.0F, 7.0F));
  EXPECT_THAT(data.test.columns, ElementsAre(0U, 1U));
  EXPECT_THAT(data.test.row_begin, ElementsAre(0U, 1U, 2U, 2U));
  EXPECT_THAT(data.source, HasSubstr("(4 entries of test rows beyond feature 2 dropped)"));
}

TEST(Libsvm, ANarrowerTestFileGetsTheTrainingWidth) {
  const TempFolder folder;
  const Dataset data = load("libsvm", settings({{"train", folder.write("a", "1 5:1\n2 1:1\n")},
                                                {"test", folder.write("a.t", "1 1:5\n")}}));
  EXPECT_EQ(data.test.features, 5U);
  EXPECT_THAT(data.source, ::testing::Not(HasSubstr("dropped")));
}

TEST(Libsvm, NamesFileLineAndFaultOfMalformedRows) {
  const std::pair<const char*, const char*> bad[] = {
      {"x 1:1", "label 'x' is not a finite number"},
      {"1 0:1", "index 0 is not allowed, indices start at 1"},
      {"1 2:1 2:1", "index 2 after index 2, indices must ascend"},
      {"1 3:1 2:1", "index 2 after index 3, indices must ascend"},
      {"1 2", "'2' found where index:value is expected"},
      {"1 2:", "value '' of index 2"},
      {"1 2:x", "value 'x' of index 2"},
      {"1 2:nan", "value 'nan' of index 2"},
      {"1 1:1 2:1e39", "value 1e+39 of index 2 is too large for a float"},
      {"1 -2:1", "'-2:1' found where index:value"},
      {"1 2 :1", "'2' found where index:value"},
      {"1 qid:3 1:1", "'qid:3' found where index:value"},
      {"1 4294967297:1", "index 4294967297 is too large"},
      {"1 99999999999999999999999:1", "'99999999999999999999999:1' found where index:value"},
  };
  for (const auto& [row, fault] : bad) {
    const auto message =
        message_of<DataError>([&, text = std::string(row)] { read("1 1:1\n# note\n" + text); });
    EXPECT_THAT(message, HasSubstr(std::string("heart.txt:3: ") + fault)) << row;
  }
}

TEST(Libsvm, RefusesFilesWithoutRowsOrFeatures) {
  const TempFolder folder;
  const auto error_of = [&](const char* text) {
    return message_of<DataError>([&] {
      load("libsvm", settings({{"train", folder.write("a", text)}}));
    });
  };
  EXPECT_THAT(error_of("\n# nothing\n"), HasSubstr("no training rows"));
  EXPECT_THAT(error_of("1\n2\n"), HasSubstr("no features"));
}

RC_GTEST_PROP(Libsvm, AnyRowsSurviveWritingAndReading, ()) {
  const auto steps = *rc::gen::container<std::vector<std::vector<int>>>(
      rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 1000)));
  std::string text;
  std::vector<std::uint32_t> columns;
  Vector values;
  for (const auto& row : steps) {
    text += "1";
    std::uint32_t index = 0;
    for (const int step : row) {
      index += static_cast<std::uint32_t>(step);
      columns.push_back(index - 1);
      values.push_back(static_cast<float>(step) / 7.0F);
      char entry[64];
      std::snprintf(entry, sizeof(entry), " %u:%.9g", index, static_cast<double>(values.back()));
      text += entry;
    }
    text += "\n";
  }
  const Rows rows = read(text);
  RC_ASSERT(rows.count == steps.size());
  RC_ASSERT(rows.columns == columns);
  RC_ASSERT(rows.values == values);
}

}  // namespace
}  // namespace hearsay
