#include "nodes/config/writer.h"

#include <gtest/gtest.h>
// RapidCheck's GoogleTest header needs GoogleTest before it.
#include <rapidcheck/gtest.h>

#include "nodes/config/quote.h"
#include "nodes/config/reader.h"

namespace hearsay {
namespace {

TEST(Writer, KeepsShortMapsOnOneLine) {
  Params inner;
  inner.set("name", "top-k");
  inner.set("ratio", 0.05);
  Params outer;
  outer.set("compressor", inner);
  outer.set("steps", std::vector<Value>{Value(1), Value(2)});
  Params root;
  root.set("seed", 1);
  root.set("algorithm", outer);
  EXPECT_EQ(to_yaml(root),
            "seed: 1\n"
            "algorithm:\n"
            "  compressor: {name: top-k, ratio: 0.05}\n"
            "  steps: [1, 2]\n");
}

TEST(Writer, BreaksLongMapsAndListsIntoLines) {
  Params inner;
  std::vector<Value> items;
  for (int i = 0; i < 3; ++i) {
    const std::string word(40, static_cast<char>('a' + i));
    inner.set(word, i);
    items.emplace_back(word);
  }
  Params outer;
  outer.set("map", inner);
  outer.set("list", items);
  Params root;
  root.set("s", outer);
  const std::string a(40, 'a');
  const std::string b(40, 'b');
  const std::string c(40, 'c');
  EXPECT_EQ(to_yaml(root), "s:\n  map:\n    " + a + ": 0\n    " + b + ": 1\n    " + c +
                               ": 2\n  list:\n    - " + a + "\n    - " + b + "\n    - " + c + "\n");
}

TEST(Writer, WritesNumbersInTheShortestFormThatReadsBack) {
  Params root;
  root.set("a", 0.1);
  root.set("b", 1e-8);
  root.set("c", 0.1 + 0.2);
  root.set("d", 5.0);
  EXPECT_EQ(to_yaml(root), "a: 0.1\nb: 1e-08\nc: 0.30000000000000004\nd: 5\n");
}

TEST(Writer, WritesEmptyMapsAndLists) {
  Params root;
  root.set("m", Params());
  root.set("l", std::vector<Value>());
  EXPECT_EQ(to_yaml(root), "m: {}\nl: []\n");
}

TEST(Quote, IsUsedWhereThePlainWordWouldMislead) {
  for (const char* word : {"top-k", "a_b", "data/train.txt", "/abs/path", "../up", "./here", "x8"})
    EXPECT_EQ(quote_if_needed(word), word);
  for (const char* word : {"", "8", "1e3", "yes", "No", "NULL", "~", "-", ".nan", "a b", "a: b",
                           "#c", "[x]", "127.0.0.1", "null", "\xC3\xA9"})
    EXPECT_EQ(quote_if_needed(word), '"' + std::string(word) + '"');
  EXPECT_EQ(quote("a\"b\\c\nd\te\x01"), R"("a\"b\\c\nd\te\x01")");
}

Params read_back(const std::string& yaml, const Param& field) {
  return resolve(section("", {field}, ""), yaml, {"f", {}}).root;
}

/// Any text of ASCII characters, control characters included.
rc::Gen<std::string> ascii() {
  return rc::gen::container<std::string>(
      rc::gen::map(rc::gen::inRange(1, 128), [](int c) { return static_cast<char>(c); }));
}

RC_GTEST_PROP(WriterProperty, AnyTextReadsBack, ()) {
  Params root;
  root.set("t", *ascii());
  RC_ASSERT(read_back(to_yaml(root), text("t", "")) == root);
  Params table;
  table.set("t", std::vector<Value>{Value(*ascii()), Value(*ascii())});
  RC_ASSERT(read_back(to_yaml(table), list_of("t", text("", ""), "")) == table);
}

RC_GTEST_PROP(WriterProperty, AnyKeyReadsBack, ()) {
  const std::string key = *ascii();
  RC_PRE(key.size() <= 200U);
  Params entries;
  entries.set(key, 1);
  Params root;
  root.set("t", entries);
  RC_ASSERT(read_back(to_yaml(root), table_of("t", integer("", ""), "")) == root);
}

TEST(Writer, KeepsTextBeyondAscii) {
  Params root;
  root.set("t", "caf\xC3\xA9 \xE2\x80\xA8 \xC2\x85 \xF0\x9F\x98\x80 \xEF\xBB\xBF.");
  EXPECT_EQ(read_back(to_yaml(root), text("t", "")), root);
}

RC_GTEST_PROP(WriterProperty, AnyNumberReadsBack, (const std::vector<double>& numbers)) {
  std::vector<Value> items;
  for (const double number : numbers) items.emplace_back(number);
  Params root;
  root.set("l", items);
  RC_ASSERT(read_back(to_yaml(root), list_of("l", number("", ""), "")) == root);
}

RC_GTEST_PROP(WriterProperty, AnyWholeNumberReadsBack, (std::int64_t number)) {
  Params root;
  root.set("n", number);
  RC_ASSERT(read_back(to_yaml(root), integer("n", "")) == root);
}

}  // namespace
}  // namespace hearsay
