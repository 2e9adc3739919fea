#include "nodes/config/utf8.h"

#include <gtest/gtest.h>

namespace hearsay {
namespace {

TEST(FindNonText, TakesUtf8AndLineEnds) {
  EXPECT_FALSE(find_non_text(""));
  EXPECT_FALSE(find_non_text("plain\r\n\ttext"));
  EXPECT_FALSE(find_non_text("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
}

TEST(FindNonText, RefusesWhatRfc3629Excludes) {
  const char* const bad[] = {"\x80",              // a continuation byte alone
                             "\xC0\xAF",          // overlong /
                             "\xC3",              // cut short
                             "\xE0\x80\x80",      // overlong
                             "\xED\xA0\x80",      // a surrogate
                             "\xE2\x82",          // cut short
                             "\xF0\x80\x80\x80",  // overlong
                             "\xF4\x90\x80\x80",  // above U+10FFFF
                             "\xF5\x80\x80\x80",
                             "\xFF",
                             "\xFE"};
  for (const char* text : bad) EXPECT_TRUE(find_non_text(text)) << text;
}

TEST(FindNonText, NamesTheFirstPlace) {
  const auto found = find_non_text("ab\nc\xC3\xA9\x07\x08");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->place.line, 2);
  EXPECT_EQ(found->place.column, 4);  // in bytes
  EXPECT_EQ(found->what, "found the control character 0x07");
}

}  // namespace
}  // namespace hearsay
