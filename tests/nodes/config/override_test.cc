#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/config.h"
#include "tests/nodes/config/configs.h"

namespace hearsay {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

Config with(const std::vector<std::string>& overrides) {
  return Config::parse(good_config(), "x.yaml", overrides);
}

std::string error_with(const std::string& override_text) {
  try {
    with({override_text});
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "no error";
}

TEST(Override, ReplacesAValue) {
  EXPECT_EQ(with({"run.rounds=77"}).section("run").integer("rounds"), 77);
}

TEST(Override, LastOneWins) {
  EXPECT_EQ(with({"run.rounds=1", "run.rounds=2"}).section("run").integer("rounds"), 2);
}

TEST(Override, CreatesSections) {
  EXPECT_EQ(with({"transport.kind=ipc"}).section("transport").text("kind"), "ipc");
  const Config config = with({"transport.addresses.0=host:1"});
  EXPECT_EQ(config.section("transport").map("addresses").text("0"), "host:1");
}

TEST(Override, TakesAMapOrAList) {
  const Config config = with({"topology={graph: edges, edges: [[0, 1], [1, 2]]}"});
  EXPECT_EQ(config.section("topology").list("edges").size(), 2U);
}

TEST(Override, AddressesListItemsByIndex) {
  const Config config =
      with({"topology={graph: edges, edges: [[0, 1], [1, 2]]}", "topology.edges.1.0=5"});
  EXPECT_EQ(config.section("topology").list("edges")[1],
            Value(std::vector<Value>{Value(5), Value(2)}));
}

TEST(Override, OfTheNameKeepsTheOtherKeys) {
  const Config config = with({"algorithm.beta1=0.5", "algorithm.name=dpsgd"});
  EXPECT_EQ(config.section("algorithm").part(), "dpsgd");
  EXPECT_EQ(config.section("algorithm").number("learning_rate"), 0.01);
  EXPECT_THAT(config.warnings(), testing::Contains(HasSubstr("beta1 has no effect on dpsgd")));
}

TEST(Override, ExtendsABareName) {
  const Config config = with({"algorithm.compressor=top-k", "algorithm.compressor.ratio=0.25"});
  const Params& compressor = config.section("algorithm").map("compressor");
  EXPECT_EQ(compressor.part(), "top-k");
  EXPECT_EQ(compressor.number("ratio"), 0.25);
  EXPECT_FALSE(compressor.has("k"));
}

TEST(Override, OfOneSelectorDropsTheOther) {
  const Config config =
      with({"objective.data={format: libsvm, train: a.txt}", "objective.data.name=libsvm"});
  EXPECT_EQ(config.section("objective").map("data").part(), "libsvm");
  EXPECT_EQ(config.section("objective").map("data").text("train"), "a.txt");
}

TEST(Override, ValueMayHoldEqualsSigns) {
  EXPECT_EQ(with({"name=a=b"}).root().text("name"), "a=b");
}

TEST(Override, CanFillAnEmptySection) {
  std::string text = good_config();
  text.replace(text.find("run: {rounds: 10}"), 17, "run:");
  EXPECT_EQ(Config::parse(text, "x.yaml", {"run.rounds=4"}).section("run").integer("rounds"), 4);
}

TEST(Override, BadValueNamesTheOverride) {
  EXPECT_EQ(error_with("run.rounds=0"),
            "--set run.rounds=0: run.rounds: found 0, allowed is a whole number of at least 1");
  EXPECT_THAT(error_with("run.rounds="), HasSubstr("run.rounds: found nothing"));
  EXPECT_THAT(error_with("run.rounds=\"5\""), HasSubstr("without quotes"));
}

TEST(Override, UnknownKeyNamesTheOverride) {
  EXPECT_THAT(error_with("run.round=5"),
              AllOf(StartsWith("--set run.round=5: run.round: unknown key"),
                    HasSubstr("did you mean \"rounds\"?")));
  EXPECT_THAT(error_with("rum.rounds=5"), HasSubstr("rum: unknown key, did you mean \"run\"?"));
}

TEST(Override, MalformedOnesAreRefused) {
  EXPECT_THAT(error_with("run.rounds"), AllOf(StartsWith("--set run.rounds: "), HasSubstr("=")));
  EXPECT_THAT(error_with("=5"), HasSubstr("empty key"));
  EXPECT_THAT(error_with("run..rounds=5"), HasSubstr("empty key"));
  EXPECT_THAT(error_with("run.=5"), HasSubstr("empty key"));
  EXPECT_THAT(error_with("run={rounds: 5"), HasSubstr("the value is not YAML"));
  EXPECT_THAT(error_with("run.rounds=1\n---\n2"), HasSubstr("the value is not YAML"));
}

TEST(Override, MessagesStayOnOneLine) {
  EXPECT_THAT(error_with("run.rounds=[1,\n2]"), testing::Not(HasSubstr("\n")));
}

TEST(Override, DoesNotReachIntoANumber) {
  EXPECT_THAT(error_with("run.rounds.x=5"), HasSubstr("run.rounds is 10, which has no keys"));
}

TEST(Override, ListIndexMustExist) {
  const std::vector<std::string> keys = {"2", "-1", "x", "1x", "99999999999999999999999"};
  for (const std::string& key : keys) {
    const std::string text = "topology.edges." + key + "=[0, 1]";
    try {
      with({"topology={graph: edges, edges: [[0, 1], [1, 2]]}", text});
      ADD_FAILURE() << text;
    } catch (const ConfigError& e) {
      EXPECT_THAT(e.what(), AllOf(StartsWith("--set " + text), HasSubstr("list of 2 items")));
    }
  }
}

}  // namespace
}  // namespace hearsay
