// The reader on descriptions made for the purpose: it knows no key by name.
#include "nodes/config/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/config.h"

namespace hearsay {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const Catalogue& shapes() {
  static const PartInfo kCircle{"circle", "round", {number("radius", "r").above(0).must()}, ""};
  static const PartInfo kBox{"box",
                             "square",
                             {integer("size", "in cells").at_least(1).by_default(2),
                              number("weight", "w").at_most(10).by_default(1)},
                             "kind"};
  static const PartInfo kBall{"ball", "round too", {text("size", "in words")}, ""};
  static const Catalogue kShapes("shape", {&kCircle, &kBox, &kBall});
  return kShapes;
}

Param shape(const char* name) {
  Param param = part(name, shapes, "a shape");
  param.selectors = {"name", "kind"};
  param.fields = {boolean("filled", "f").by_default(false)};
  return param;
}

Params read(const std::vector<Param>& fields, const std::string& text) {
  return resolve(section("", fields, ""), text, {"f", {}}).root;
}

std::string error(const std::vector<Param>& fields, const std::string& text) {
  try {
    read(fields, text);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "no error";
}

TEST(Reader, ReadsBooleansInAllOfYamlsSpellings) {
  const std::vector<Param> fields = {list_of("b", boolean("", ""), "")};
  const Params params = read(fields, "b: [true, True, TRUE, yes, On, false, no, OFF, False]");
  std::vector<Value> expected(9, Value(true));
  for (std::size_t i = 5; i < 9; ++i) expected[i] = Value(false);
  EXPECT_EQ(params.list("b"), expected);
  EXPECT_THAT(error(fields, "b: [1]"), HasSubstr("found 1, allowed is true or false"));
  EXPECT_THAT(error(fields, "b: ['true']"), HasSubstr("without quotes"));
}

TEST(Reader, ReadsTextAsWritten) {
  const std::vector<Param> fields = {text("t", "")};
  EXPECT_EQ(read(fields, "t: 010").text("t"), "010");
  EXPECT_EQ(read(fields, "t: yes").text("t"), "yes");
  EXPECT_EQ(read(fields, "t: ''").text("t"), "");
  EXPECT_EQ(read(fields, "t: 'null'").text("t"), "null");
  EXPECT_THAT(error(fields, "t: null"), HasSubstr("found nothing, allowed is a text"));
}

TEST(Reader, ReadsATableInTheOrderOfTheFile) {
  const Params params = read({table_of("t", integer("", ""), "")}, "t: {z: 1, a: 2}");
  EXPECT_EQ(params.map("t").entries()[0].key, "z");
  EXPECT_EQ(params.map("t").integer("a"), 2);
}

TEST(Reader, ReadsAListOfSections) {
  const std::vector<Param> fields = {
      list_of("l", section("", {integer("a", "").must(), integer("b", "").by_default(7)}, ""), "")};
  const Params params = read(fields, "l: [{a: 1}, {a: 2, b: 3}]");
  EXPECT_EQ(std::get<Params>(params.list("l")[0].data).integer("b"), 7);
  EXPECT_EQ(error(fields, "l:\n- a: 1\n- b: 2"),
            "f:3:3: l.1.a: missing, allowed is a whole number");
}

TEST(Reader, OptionalSettingsMayBeAbsent) {
  EXPECT_TRUE(read({integer("a", ""), list_of("l", text("", ""), "")}, "{}").entries().empty());
}

TEST(Reader, FillsASectionUnlessItNeedsAKey) {
  const Params params = read({section("easy", {integer("a", "").by_default(1)}, ""),
                              section("strict", {integer("a", "").must()}, "")},
                             "{}");
  EXPECT_EQ(params.map("easy").integer("a"), 1);
  EXPECT_FALSE(params.has("strict"));
}

TEST(Reader, ASectionWithoutDefaultsIsThereWhenItIsWritten) {
  const std::vector<Param> fields = {
      section("extra", {integer("a", ""), section("more", {integer("b", "")}, "")}, "")};
  EXPECT_FALSE(read(fields, "{}").has("extra"));
  EXPECT_TRUE(read(fields, "extra: {}").map("extra").entries().empty());
  EXPECT_EQ(read(fields, "extra: {more: {b: 1}}").map("extra").map("more").integer("b"), 1);
}

TEST(Reader, DefaultsMayBeWordsListsAndParts) {
  Params box;
  box.set("name", "box");
  box.set("size", 5);
  const Params params =
      read({number("n", "").or_word("auto").by_default("auto"),
            list_of("l", number("", ""), "").by_default(std::vector<Value>{Value(1), Value(0.5)}),
            shape("s").by_default(box), number("w", "").by_default(3)},
           "{}");
  EXPECT_TRUE(params.is_word("n", "auto"));
  EXPECT_EQ(params.list("l")[0], Value(1.0));
  EXPECT_EQ(params.map("s").integer("size"), 5);
  EXPECT_EQ(params.map("s").number("weight"), 1.0);
  EXPECT_EQ(*params.find("w"), Value(3.0));
}

TEST(Reader, WritesAPartsOwnKeysBeforeThoseBeside) {
  const Params params = read({shape("s")}, "s: {filled: true, weight: 2, name: box}");
  ASSERT_EQ(params.map("s").entries().size(), 4U);
  EXPECT_EQ(params.map("s").entries()[0], (Entry{"kind", "box"}));
  EXPECT_EQ(params.map("s").entries()[1], (Entry{"size", 2}));
  EXPECT_EQ(params.map("s").entries()[2], (Entry{"weight", 2.0}));
  EXPECT_EQ(params.map("s").entries()[3], (Entry{"filled", true}));
}

TEST(Reader, ABareNameLacksTheKeysThatThePartNeeds) {
  EXPECT_THAT(error({shape("s")}, "s: circle"), HasSubstr("f:1:1: s.radius: missing"));
}

TEST(Reader, AKeyWithoutEffectMustSuitOneOfThePartsThatKnowIt) {
  const Param schema = section("", {shape("s")}, "");
  // A word is no size of a box, but one of a ball.
  EXPECT_EQ(resolve(schema, "s: {name: circle, radius: 1, size: big}", {"f", {}}).warnings.size(),
            1U);
  EXPECT_THAT(error({shape("s")}, "s: {name: circle, radius: 1, size: [1]}"),
              HasSubstr("s.size: found a list"));
  EXPECT_THAT(error({shape("s")}, "s: {name: circle, radius: 1, weight: 11}"),
              HasSubstr("s.weight: found 11"));
}

TEST(Reader, AKeyWithoutEffectIsAnErrorFurtherDown) {
  EXPECT_THAT(error({section("a", {shape("s")}, "")}, "a: {s: {name: box, radius: 1}}"),
              AllOf(HasSubstr("a.s.radius: unknown key: it belongs to circle, not to box"),
                    HasSubstr("Allowed here: name, size, weight, filled")));
}

TEST(Reader, BoundsAreOpenOrClosedAsDescribed) {
  const auto accepts = [](const Param& param, const std::string& value) {
    return error({param}, "n: " + value) == "no error";
  };
  EXPECT_TRUE(accepts(number("n", "").at_least(0).at_most(1), "0"));
  EXPECT_TRUE(accepts(number("n", "").at_least(0).at_most(1), "1"));
  EXPECT_FALSE(accepts(number("n", "").at_least(0).at_most(1), "1.0000000001"));
  EXPECT_FALSE(accepts(number("n", "").above(0).below(1), "0"));
  EXPECT_FALSE(accepts(number("n", "").above(0).below(1), "1"));
  EXPECT_TRUE(accepts(number("n", "").above(0).below(1), "1e-300"));
}

TEST(Reader, NumbersHaveTheUsualForms) {
  const std::vector<Param> fields = {list_of("l", number("", ""), "")};
  EXPECT_EQ(read(fields, "l: [1, -2, +3, 0.5, .5, 5., 1e-3, 1E+2, -0, 2.5e3]").numbers("l"),
            (std::vector<double>{1, -2, 3, 0.5, 0.5, 5, 1e-3, 100, 0, 2500}));
}

TEST(Reader, WholeNumbersReachTheEndsOf64Bits) {
  const std::vector<Param> fields = {list_of("l", integer("", ""), "")};
  EXPECT_EQ(read(fields, "l: [9223372036854775807, -9223372036854775808, +4, 0]").integers("l"),
            (std::vector<std::int64_t>{INT64_MAX, INT64_MIN, 4, 0}));
  EXPECT_THAT(error(fields, "l: [9223372036854775808]"), HasSubstr("64 bits"));
}

TEST(Reader, ReadsOnePartFromAText) {
  const auto read_part = [](const std::string& text) {
    return resolve_part(shape("shape"), text, {.file = "SHAPE", .overrides = {}});
  };
  EXPECT_EQ(read_part("box").integer("size"), 2);
  EXPECT_EQ(read_part("{kind: box, size: 3}").integer("size"), 3);
  const auto refusal = [&](const std::string& text) -> std::string {
    try {
      read_part(text);
    } catch (const ConfigError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(refusal("bxo"), AllOf(HasSubstr("SHAPE:1:1: shape: found bxo"), HasSubstr("box")));
  EXPECT_THAT(refusal("{kind: box, size: 0}"), HasSubstr("SHAPE:1:13: shape.size: found 0"));
  EXPECT_THAT(refusal("{name: circle}"), HasSubstr("shape.radius: missing"));
  // Beside a whole config this would be a warning.
  EXPECT_THAT(refusal("{name: circle, radius: 1, weight: 2}"), HasSubstr("shape.weight"));
  EXPECT_THAT(refusal(""), HasSubstr("SHAPE:1:1: shape: found nothing"));
}

}  // namespace
}  // namespace hearsay
