#include "nodes/config/quote.h"

#include <gtest/gtest.h>

namespace hearsay {
namespace {

TEST(Harmless, KeepsLinesAndLettersOfAllKinds) {
  EXPECT_EQ(harmless("two lines,\nf\u00fcr Gr\u00f6\u00dfe \u4e09"),
            "two lines,\nf\u00fcr Gr\u00f6\u00dfe \u4e09");
  EXPECT_EQ(harmless(""), "");
}

TEST(Harmless, ShowsControlCharactersAsEscapes) {
  EXPECT_EQ(harmless("\x1b[2J\r\t\x7f"), "\\x1b[2J\\x0d\\t\\x7f");
  EXPECT_EQ(harmless("\xc2\x9b"
                     "2J"),
            "\\x9b2J")
      << "the same as ESC [ to some terminals";
  EXPECT_EQ(harmless("\xc2"), "\xc2") << "which is no character";
}

TEST(Harmless, EndsSomewhere) {
  EXPECT_EQ(harmless(std::string(4001, 'x')), std::string(4000, 'x') + "...");
  EXPECT_EQ(harmless(std::string(3999, 'x') + "\u00fc"), std::string(3999, 'x') + "...")
      << "whole characters";
}

}  // namespace
}  // namespace hearsay
