#include "core/data/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace hearsay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> result;
  std::string word;
  while (next_word(text, word)) result.push_back(word);
  return result;
}

TEST(Words, AreRunsOfLettersDigitsAndApostrophes) {
  EXPECT_THAT(words_of("The 2nd film, I'd say: it's OK-ish (7/10)!\t\n"),
              ElementsAre("the", "2nd", "film", "i'd", "say", "it's", "ok", "ish", "7", "10"));
  EXPECT_THAT(words_of(" ...!? \r"), IsEmpty());
  EXPECT_THAT(words_of(""), IsEmpty());
}

TEST(Words, ApostrophesAtTheirEndsAreQuotes) {
  EXPECT_THAT(words_of("'Hello' 'n' the boys' rock''n''roll '''"),
              ElementsAre("hello", "n", "the", "boys", "rock''n''roll"));
  EXPECT_THAT(words_of("don\u2019t \u2018quote\u2019"), ElementsAre("don't", "quote"));
}

TEST(Words, LineBreaksOfHtmlAreBlanks) {
  EXPECT_THAT(words_of("one<br /><br />two<BR>three<br/>four"),
              ElementsAre("one", "two", "three", "four"));
  EXPECT_THAT(words_of("<br /"), ElementsAre("br"));
  EXPECT_THAT(words_of("<b>bold</b>"), ElementsAre("b", "bold", "b"));
}

TEST(Words, OtherLettersBelongToThem) {
  EXPECT_THAT(words_of("caf\u00e9 na\u00efve \u041a\u0438\u043d\u043e \u6620\u753b"),
              ElementsAre("caf\u00e9", "na\u00efve", "\u041a\u0438\u043d\u043e", "\u6620\u753b"));
}

TEST(Words, OtherBlanksAndPunctuationPartThem) {
  for (const char* blank : {"\xc2\x85", "\u00a0", "\u2003", "\u2028", "\u2014", "\u2026", "\u00ab",
                            "\u3000", "\u00d7", "\ufeff"})
    EXPECT_THAT(words_of(std::string("a") + blank + "b"), ElementsAre("a", "b")) << blank;
}

TEST(Words, BytesThatAreNoUtf8AreLetters) {
  EXPECT_THAT(words_of("caf\xe9 x\x85y \xc2"), ElementsAre("caf\xe9", "x\x85y", "\xc2"));
}

RC_GTEST_PROP(Words, EndAndHoldNoBlank, (const std::vector<std::uint8_t>& bytes)) {
  const std::string text(bytes.begin(), bytes.end());
  std::size_t total = 0;
  for (const std::string& word : words_of(text)) {
    RC_ASSERT(!word.empty() && word.front() != '\'' && word.back() != '\'');
    RC_ASSERT(word.find_first_of(" \t\n<>.ABCXYZ") == std::string::npos);
    RC_ASSERT(words_of(word) == std::vector<std::string>{word});  // a word is its only word
    total += word.size();
  }
  RC_ASSERT(total <= text.size());
}

TEST(Vocabulary, IsByFrequencyThenByBytes) {
  WordTexts texts;
  texts.add("b c a a");
  texts.add("c b b d");
  texts.add("z z z z z");  // does not count
  const Vocabulary all = most_frequent(texts, {true, true, false}, 100);
  EXPECT_EQ(all.words, 4U);
  std::vector<std::uint16_t> row;
  const SequenceShape shape{4, true, true};
  for (std::size_t t = 0; t < 3; ++t) append_sequence(texts.ids(t), all, shape, row);
  // b 3 times, a and c twice, d once
  EXPECT_THAT(row, ElementsAre(2, 4, 3, 3, 4, 2, 2, 5, 1, 1, 1, 1));
  const Vocabulary two = most_frequent(texts, {true, true, false}, 2);
  EXPECT_EQ(two.words, 2U);
  row.clear();
  append_sequence(texts.ids(0), two, shape, row);
  EXPECT_THAT(row, ElementsAre(2, 1, 3, 3));
}

TEST(Vocabulary, SequencesAreCutAndPaddedAtEitherEnd) {
  WordTexts texts;
  texts.add("a a a b b c");
  texts.add("c a");
  const Vocabulary vocabulary = most_frequent(texts, {true, false}, 10);
  const auto row = [&](std::size_t text, const SequenceShape& shape) {
    std::vector<std::uint16_t> result;
    append_sequence(texts.ids(text), vocabulary, shape, result);
    return result;
  };
  EXPECT_THAT(row(0, {4, true, true}), ElementsAre(2, 3, 3, 4));
  EXPECT_THAT(row(0, {4, false, true}), ElementsAre(2, 2, 2, 3));
  EXPECT_THAT(row(1, {4, true, true}), ElementsAre(0, 0, 4, 2));
  EXPECT_THAT(row(1, {4, true, false}), ElementsAre(4, 2, 0, 0));
  EXPECT_THAT(row(1, {2, true, true}), ElementsAre(4, 2));
}

}  // namespace
}  // namespace hearsay
