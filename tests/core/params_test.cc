#include "core/params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Params, KeepTheOrderAndReplaceInPlace) {
  Params params = settings({{"name", "x"}, {"b", 1}, {"a", 2}});
  params.set("b", 3);
  ASSERT_EQ(params.entries().size(), 3U);
  EXPECT_EQ(params.entries()[1].key, "b");
  EXPECT_EQ(params.integer("b"), 3);
}

TEST(Params, ReadTheirTypes) {
  const Params params = settings({{"name", "x"},
                                  {"flag", true},
                                  {"whole", 7},
                                  {"real", 0.5},
                                  {"word", "auto"},
                                  {"list", std::vector<Value>{1, 2.5}},
                                  {"map", settings({{"inner", 1}})}});
  EXPECT_EQ(params.part(), "x");
  EXPECT_TRUE(params.flag("flag"));
  EXPECT_EQ(params.integer("whole"), 7);
  EXPECT_EQ(params.number("whole"), 7.0);
  EXPECT_EQ(params.number("real"), 0.5);
  EXPECT_TRUE(params.is_word("word", "auto"));
  EXPECT_FALSE(params.is_word("word", "other"));
  EXPECT_FALSE(params.is_word("whole", "auto"));
  EXPECT_FALSE(params.is_word("absent", "auto"));
  EXPECT_THAT(params.numbers("list"), ElementsAre(1.0, 2.5));
  EXPECT_EQ(params.map("map").integer("inner"), 1);
}

TEST(Params, NameTheKeyOfAMistake) {
  const Params params = settings({{"name", "x"}, {"real", 0.5}});
  EXPECT_THAT(message_of<std::logic_error>([&] { params.integer("real"); }), HasSubstr("real"));
  EXPECT_THAT(message_of<std::logic_error>([&] { params.integer("absent"); }), HasSubstr("absent"));
  EXPECT_THAT(message_of<std::logic_error>([] { Params().part(); }), HasSubstr("without a name"));
}

TEST(Params, CompareByValue) {
  const Params a = settings({{"name", "x"}, {"k", 1}});
  EXPECT_EQ(a, settings({{"name", "x"}, {"k", 1}}));
  EXPECT_NE(a, settings({{"name", "x"}, {"k", 2}}));
  EXPECT_NE(a, settings({{"name", "x"}, {"k", 1.0}}));  // the types differ
}

TEST(Param, SaysWhatIsAllowed) {
  EXPECT_EQ(boolean("a", "").allowed(), "true or false");
  EXPECT_EQ(integer("a", "").allowed(), "a whole number");
  EXPECT_EQ(integer("a", "").at_least(1).allowed(), "a whole number of at least 1");
  EXPECT_EQ(number("a", "").above(0).at_most(1).allowed(), "a number in (0, 1]");
  EXPECT_EQ(number("a", "").at_least(0).below(1).allowed(), "a number in [0, 1)");
  EXPECT_EQ(number("a", "").above(0).allowed(), "a number above 0");
  EXPECT_EQ(number("a", "").below(2.5).allowed(), "a number below 2.5");
  EXPECT_EQ(number("a", "").at_most(2).allowed(), "a number of at most 2");
  EXPECT_EQ(number("a", "").above(0).or_word("auto").allowed(), "a number above 0, or auto");
  EXPECT_EQ(choice("a", {"x", "y"}, "").allowed(), "one of x, y");
  EXPECT_EQ(list_of("a", integer("", "").at_least(0), "").allowed(),
            "a list, each item a whole number of at least 0");
  EXPECT_EQ(text("a", "").allowed(), "a text");
}

const PartInfo& inner_part() {
  static const PartInfo kPart{"fine", "", {number("size", "").by_default(2.5)}, "kind"};
  return kPart;
}

const Catalogue& inner_catalogue() {
  static const Catalogue kCatalogue("inner", {&inner_part()});
  return kCatalogue;
}

const PartInfo kOuter{"outer",
                      "",
                      {integer("k", "").by_default(4), text("label", ""),
                       part("inner", &inner_catalogue, "").by_default("fine")},
                      {}};

TEST(Complete, FillsInTheDefaultsAtEveryDepth) {
  EXPECT_EQ(complete(kOuter), settings({{"name", "outer"},
                                        {"k", 4},
                                        {"inner", settings({{"kind", "fine"}, {"size", 2.5}})}}));
}

TEST(Complete, PutsWhatIsGivenOnTop) {
  const Params given = settings(
      {{"name", "outer"}, {"inner", settings({{"kind", "fine"}, {"size", 1}})}, {"label", "l"}});
  const Params result = complete(kOuter, given);
  EXPECT_EQ(result.integer("k"), 4);
  EXPECT_EQ(result.text("label"), "l");
  EXPECT_EQ(result.map("inner").number("size"), 1.0);
  EXPECT_EQ(result.map("inner").part(), "fine");
}

TEST(Complete, RefusesUnknownKeysAndParts) {
  const auto unknown = [] { complete(kOuter, settings({{"name", "outer"}, {"kk", 1}})); };
  EXPECT_EQ(key_of(unknown), "kk");
  EXPECT_THAT(message_of<ParamError>(unknown), HasSubstr("outer"));
  const auto no_part = [] { complete(kOuter, settings({{"name", "outer"}, {"inner", "fin"}})); };
  EXPECT_EQ(key_of(no_part), "inner");
  EXPECT_THAT(message_of<ParamError>(no_part), HasSubstr("one of fine"));
}

TEST(Catalogue, FindsPartsByName) {
  EXPECT_EQ(inner_catalogue().find("fine"), &inner_part());
  EXPECT_EQ(inner_catalogue().find("fin"), nullptr);
  EXPECT_THAT(inner_catalogue().names(), ElementsAre("fine"));
  EXPECT_EQ(inner_catalogue().kind(), "inner");
}

}  // namespace
}  // namespace hearsay
