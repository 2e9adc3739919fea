// What the command says to its arguments: help, mistakes with status 2, lists.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/tools/process.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kBadUsage = 2;

const std::string kRing = std::string(HEARSAY_CONFIGS) + "/ring.yaml";

TEST(CommandLine, VersionIsOneLine) {
  const Ended ended = run({"--version"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.out, "hearsay " HEARSAY_VERSION "\n");
  EXPECT_THAT(ended.err, IsEmpty());
}

TEST(CommandLine, HelpNamesEveryCommandAndTheExitStatuses) {
  const Ended ended = run({"--help"});
  EXPECT_EQ(ended.status, 0);
  for (const char* command : {"run", "peer", "check", "topology", "list", "certify"})
    EXPECT_THAT(ended.out, HasSubstr(fmt::format("\n  {} ", command))) << command;
  EXPECT_THAT(ended.out, HasSubstr("Exit status: 0 done, 1 the run failed, 2 bad usage"));
  EXPECT_THAT(ended.err, IsEmpty());
}

TEST(CommandLine, EveryCommandHasHelpWithItsOptions) {
  const auto help = [](const std::string& command) {
    const Ended ended = run({command, "--help"});
    EXPECT_EQ(ended.status, 0) << command;
    return ended.out;
  };
  EXPECT_THAT(help("run"),
              AllOf(HasSubstr("CONFIG"), HasSubstr("--set"), HasSubstr("--data-dir"),
                    HasSubstr("--simulate"), HasSubstr("--threads"), HasSubstr("--out")));
  EXPECT_THAT(help("peer"), AllOf(HasSubstr("CONFIG"), HasSubstr("--node"), HasSubstr("auto"),
                                  HasSubstr("--out")));
  EXPECT_THAT(help("check"), AllOf(HasSubstr("CONFIG"), HasSubstr("--set")));
  EXPECT_THAT(help("topology"), AllOf(HasSubstr("CONFIG"), HasSubstr("--picture")));
  EXPECT_THAT(help("list"), HasSubstr("KIND"));
  EXPECT_THAT(help("certify"), AllOf(HasSubstr("COMPRESSOR"), HasSubstr("--dimension"),
                                     HasSubstr("--seed"), HasSubstr("Exit status")));
}

TEST(CommandLine, WithoutACommandTheHelpIsShownOnStderr) {
  const Ended ended = run({});
  EXPECT_EQ(ended.status, kBadUsage);
  EXPECT_THAT(ended.err, AllOf(StartsWith("a command is required\n"), HasSubstr("Usage: hearsay")));
  EXPECT_THAT(ended.out, IsEmpty());
}

struct Mistake {
  Arguments arguments;
  std::string message;
};

class Mistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreStatusTwoWithAMessageOnStderr) {
  const Ended ended = run(GetParam().arguments);
  EXPECT_EQ(ended.status, kBadUsage);
  EXPECT_THAT(ended.err, HasSubstr(GetParam().message));
  EXPECT_THAT(ended.out, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, Mistakes,
    ::testing::Values(
        Mistake{{"frobnicate"}, "not expected: frobnicate"},
        Mistake{{"--frobnicate"}, "not expected: --frobnicate"},
        Mistake{{"run"}, "CONFIG is required"}, Mistake{{"check"}, "CONFIG is required"},
        Mistake{{"topology"}, "CONFIG is required"}, Mistake{{"peer", kRing}, "--node is required"},
        Mistake{{"run", kRing, "--simulat"}, "not expected: --simulat"},
        Mistake{{"run", kRing, "another.yaml"}, "not expected: another.yaml"},
        Mistake{{"run", kRing, "--simulate", "--threads", "0"}, "Value 0 not in range"},
        Mistake{{"run", kRing, "--simulate", "--threads", "x"}, "Value x not in range"},
        Mistake{{"run", kRing, "--out"}, "--out: 1 required DIR missing"},
        Mistake{{"run", kRing, "--set"}, "--set: 1 required KEY=VALUE missing"},
        Mistake{{"run", kRing, "--set", "rounds"}, "--set rounds: expected KEY.PATH=VALUE"},
        Mistake{{"run", kRing, "--set", "run.rounds=many"},
                "--set run.rounds=many: run.rounds: found"},
        Mistake{{"check", kRing, "--set", "algorithm.learning_rat=3"},
                "did you mean \"learning_rate\"?"},
        Mistake{{"run", "/nowhere/x.yaml"},
                "/nowhere/x.yaml: cannot be read: No such file or directory"},
        Mistake{{"run", HEARSAY_CONFIGS}, "is a directory, allowed is a YAML file"},
        Mistake{{"list", "frobnicators"}, "unknown kind \"frobnicators\". Allowed: algorithms, "},
        Mistake{{"run", kRing, "--set",
                 "algorithm={name: cd-adam, learning_rate: 0.1, compressor: "
                 "scaled-sign}"},
                "cd-adam needs a server: allowed is topology: {graph: star, workers: N}"},
        Mistake{
            {"check", kRing, "--set", "algorithm.compressor={name: terngrad, scaled: false}"},
            "algorithm.compressor.scaled: found an unbiased compressor with omega = 12.2 in 650 "
            "coordinates, allowed are contractions"},
        Mistake{{"certify", "topk"}, "did you mean \"top-k\"?"},
        Mistake{{"certify", "{name: top-k, ratio: 2}"},
                "COMPRESSOR:1:15: compressor.ratio: found 2, allowed is a number in (0, 1]"},
        Mistake{{"certify", "{name: top-k, bits: 2}"}, "compressor.bits has no effect on top-k"},
        Mistake{{"certify", "{name: top-k}"}, "compressor.ratio: top-k needs ratio or k"},
        Mistake{{"certify", "{name: top-k, k: 5}", "--dimension", "4"},
                "compressor.k: must be at most the model's 4 coordinates"},
        Mistake{{"certify", "{name: top-k"}, "this is not YAML"},
        Mistake{{"certify", "--dimension", "0"}, "Value 0 not in range"},
        Mistake{{"check", kRing, "--set", "topology={graph: star, workers: 3}"},
                "choco-amsgrad has no use for a server"}));

TEST(CommandLine, MistakesInAConfigAreNamedWithFileLineAndColumn) {
  const TempDir dir;
  const std::string file = dir.write("typo.yaml",
                                     "topology: {graph: ring, nodes: 4}\n"
                                     "objective:\n"
                                     "  model: softmax\n"
                                     "  partiton: iid\n"
                                     "  data: digits\n"
                                     "algorithm: {name: dpsgd, learning_rate: 0.1}\n"
                                     "run: {rounds: 1}\n");
  for (const char* command : {"run", "check", "topology"}) {
    const Ended ended = run({command, file});
    EXPECT_EQ(ended.status, kBadUsage) << command;
    EXPECT_THAT(ended.err, AllOf(HasSubstr("error: " + file +
                                           ":4:3: objective.partiton: unknown key, "
                                           "did you mean \"partition\"?")))
        << command;
    EXPECT_THAT(ended.out, IsEmpty()) << command;
  }
}

TEST(CommandLine, MalformedYamlIsNamedWithItsPlace) {
  const TempDir dir;
  const std::string file = dir.write("bad.yaml", "topology: {graph: ring\nrun: [1, 2\n");
  const Ended ended = run({"run", file});
  EXPECT_EQ(ended.status, kBadUsage);
  EXPECT_THAT(ended.err, AllOf(StartsWith("error: " + file + ":"), HasSubstr("this is not YAML")));
}

TEST(CommandLine, MissingDataIsNamedWithThePlacesThatWereLookedAt) {
  const TempDir dir;
  const Process::Options options{
      .environment = {{"HOME", dir.path().string()}}, .directory = {}, .terminal = false};
  const Ended mnist = run({"run", kRing, "--set", "objective.data=mnist", "--data-dir",
                           dir.path().string(), "--out", dir / "out"},
                          options);
  EXPECT_EQ(mnist.status, kBadUsage);
  EXPECT_THAT(mnist.err, AllOf(HasSubstr("mnist"), HasSubstr("train-images-idx3-ubyte"),
                               HasSubstr(dir.path().string()), HasSubstr("--data-dir")));
  EXPECT_FALSE(std::filesystem::exists(dir / "out"));

  const Ended file =
      run({"check", kRing, "--set", "objective.data={format: libsvm, train: none.txt}"});
  EXPECT_EQ(file.status, kBadUsage);
  EXPECT_THAT(file.err, HasSubstr("none.txt: no such file; looked for "));
}

TEST(CommandLine, ListShowsEveryKindAndOneKindInFull) {
  const Ended all = run({"list"});
  EXPECT_EQ(all.status, 0);
  for (const char* kind : {"algorithms", "compressors", "graphs", "mixings", "objectives", "data",
                           "partitions", "optimizers"}) {
    EXPECT_THAT(all.out, HasSubstr(fmt::format("{}:\n", kind))) << kind;
    const Ended one = run({"list", kind});
    EXPECT_EQ(one.status, 0) << kind;
    EXPECT_THAT(one.out, Not(IsEmpty())) << kind;
    EXPECT_THAT(one.err, IsEmpty()) << kind;
  }
  const Ended compressors = run({"list", "compressors"});
  for (const char* name : {"identity", "top-k", "random-k", "scaled-sign", "block-sign", "uniform"})
    EXPECT_THAT(compressors.out, HasSubstr(name));
  EXPECT_THAT(compressors.out, HasSubstr("\n    ratio "));
}

}  // namespace
}  // namespace hearsay::testing
