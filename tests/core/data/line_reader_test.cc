#include "core/data/line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/data/data_testing.h"

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::TempFolder;

std::vector<std::string> lines_of(const std::string& path) {
  const auto stream = open_file(path);
  LineReader reader(*stream);
  std::vector<std::string> lines;
  for (std::string_view line; reader.next(line);) lines.emplace_back(line);
  EXPECT_EQ(reader.number(), lines.size());
  return lines;
}

TEST(LineReader, TakesBothLineEndsAndALastLineWithout) {
  const TempFolder folder;
  EXPECT_THAT(lines_of(folder.write("a", "one\ntwo\r\n\nfour")),
              ElementsAre("one", "two", "", "four"));
  EXPECT_THAT(lines_of(folder.write("b", "one\n")), ElementsAre("one"));
  EXPECT_THAT(lines_of(folder.write("c", "")), ElementsAre());
}

TEST(LineReader, DropsAByteOrderMarkOfTheFirstLineOnly) {
  const TempFolder folder;
  EXPECT_THAT(lines_of(folder.write("a", "\xEF\xBB\xBFx\n\xEF\xBB\xBFy\n")),
              ElementsAre("x", "\xEF\xBB\xBFy"));
}

TEST(LineReader, TakesLinesLongerThanItsBuffer) {
  const TempFolder folder;
  const std::string longer(400'000, 'x');
  EXPECT_THAT(lines_of(folder.write("a", "s\n" + longer + "\n" + longer + "y\nend\n")),
              ElementsAre("s", longer, longer + "y", "end"));
}

TEST(LineReader, NamesFileAndLineInErrors) {
  const TempFolder folder;
  const auto path = folder.write("a", "one\ntwo\n");
  const auto stream = open_file(path);
  LineReader reader(*stream);
  std::string_view line;
  reader.next(line);
  reader.next(line);
  EXPECT_EQ(message_of<DataError>([&] { reader.fail("bad"); }), path + ":2: bad");
}

TEST(Excerpt, IsOneLineOfWholeCharacters) {
  EXPECT_EQ(excerpt("a\tb\x1b[31m\x7f"), "a\\x09b\\x1b[31m\\x7f");
  EXPECT_EQ(excerpt(std::string(40, 'x')), std::string(40, 'x'));
  EXPECT_EQ(excerpt(std::string(41, 'x')), std::string(40, 'x') + "...");
  // The 40th byte is the first of two: é stays whole or goes.
  EXPECT_EQ(excerpt(std::string(39, 'x') + "\xc3\xa9y"), std::string(39, 'x') + "...");
  EXPECT_EQ(excerpt(std::string(38, 'x') + "\xc3\xa9"), std::string(38, 'x') + "\xc3\xa9");
  // Bytes that are no UTF-8 have no whole characters.
  EXPECT_EQ(excerpt(std::string(50, '\x80')), "...");
}

TEST(ByteStream, ReadsAGzippedFileWhateverItsName) {
  const TempFolder folder;
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i) + "\n";
  EXPECT_EQ(lines_of(folder.write("plain.gz", text)), lines_of(folder.write_gzip("packed", text)));
}

TEST(ByteStream, RefusesAGzipFileThatIsCutShort) {
  const TempFolder folder;
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i * 7919 % 10007) + "\n";
  const auto path = folder.write_gzip("packed.gz", text);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_THAT(message_of<DataError>([&] { lines_of(path); }),
              HasSubstr("packed.gz: cannot be read"));
}

TEST(ByteStream, NamesAFileThatIsMissingOrAFolder) {
  const TempFolder folder;
  EXPECT_THAT(message_of<DataError>([&] { open_file(folder.path() + "/none"); }),
              HasSubstr("none: cannot be opened: No such file"));
  EXPECT_THROW(lines_of(folder.path()), DataError);
}

TEST(ParseNumber, TakesWhatDataFilesHold) {
  double number = 0.0;
  const std::pair<const char*, double> good[] = {{"1", 1.0},      {"+1", 1.0},      {"-0.5", -0.5},
                                                 {"1e-3", 0.001}, {"2.5E2", 250.0}, {".5", 0.5},
                                                 {"7.", 7.0}};
  for (const auto& [text, value] : good) {
    EXPECT_TRUE(parse_number(text, number)) << text;
    EXPECT_EQ(number, value) << text;
  }
}

TEST(ParseNumber, RefusesWhatIsNoFiniteNumber) {
  double number = 0.0;
  for (const char* text :
       {"", "+", "-", "+-1", "1x", "x", "nan", "inf", "-inf", "1e999", "1 2", " 1", "0x10", "1,5"})
    EXPECT_FALSE(parse_number(text, number)) << text;
}

}  // namespace
}  // namespace hearsay
