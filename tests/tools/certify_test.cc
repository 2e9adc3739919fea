// The built command on its own compressors: what CI runs to see that every promise holds.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "core/compressor.h"
#include "tests/tools/process.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool ends_with(const std::string& line, const std::string& end) {
  return line.size() >= end.size() && line.compare(line.size() - end.size(), end.size(), end) == 0;
}

TEST(Certify, EveryCompressorKeepsItsPromises) {
  const Ended ended = run({"certify"});
  EXPECT_EQ(ended.status, 0) << ended.out;
  EXPECT_THAT(ended.err, IsEmpty());
  EXPECT_THAT(ended.out, AllOf(HasSubstr("\nall promises hold"), Not(HasSubstr("BROKEN"))));
  const auto lines = lines_of(ended.out);
  for (const std::string& name : compressor_catalogue().names())
    EXPECT_THAT(lines, Contains(AllOf(StartsWith(name + " "), HasSubstr("  ok")))) << name;
}

TEST(Certify, LinesUpItsColumns) {
  const Ended ended = run({"certify", "{name: qsgd, levels: 3, scaled: false}", "--seed", "7"});
  EXPECT_EQ(ended.status, 0);
  std::size_t width = 0;
  std::size_t rows = 0;
  for (const std::string& line : lines_of(ended.out)) {
    if (!ends_with(line, "  ok")) continue;
    EXPECT_THAT(line, StartsWith("qsgd levels: 3 scaled: false "));
    width = width == 0 ? line.size() : width;
    EXPECT_EQ(line.size(), width) << line;
    ++rows;
  }
  EXPECT_EQ(rows, 5U);
  EXPECT_THAT(ended.out, AllOf(HasSubstr(" 1048576 "), HasSubstr("speed only")));
}

TEST(Certify, TakesADimensionOfTheUsersOwn) {
  const Ended ended = run({"certify", "{name: top-k, k: 20}", "--dimension", "650"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("top-k k: 20 "), HasSubstr(" 650 "),
                               HasSubstr("all promises hold (lines: 1)")));
  EXPECT_THAT(ended.out, Not(HasSubstr("speed only")));
}

TEST(Certify, GivesTheSameFiguresForASeed) {
  const auto figures = [](const char* seed) {
    const Ended ended = run({"certify", "terngrad", "--dimension", "40", "--seed", seed});
    std::string result;
    for (const std::string& line : lines_of(ended.out))
      if (ends_with(line, "  ok")) result += line.substr(0, line.size() - 24) + "\n";  // not the ns
    return result;
  };
  EXPECT_THAT(figures("1"), Not(IsEmpty()));
  EXPECT_EQ(figures("1"), figures("1"));
  EXPECT_NE(figures("1"), figures("2"));
}

}  // namespace
}  // namespace hearsay::testing
