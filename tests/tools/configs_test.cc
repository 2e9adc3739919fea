// The ready configs: each runs, reads its own output, and is a graph that `hearsay topology` can
// describe.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/tools/process.h"
#include "tests/tools/results.h"

namespace hearsay::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Those of one run; sweeps have tests of their own.
std::vector<std::string> ready_configs() {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator(HEARSAY_CONFIGS))
    if (entry.path().extension() == ".yaml" &&
        read_file(entry.path()).find("\nsweep:") == std::string::npos)
      result.push_back(entry.path().string());
  std::sort(result.begin(), result.end());
  return result;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& tested) {
  std::string name = std::filesystem::path(tested.param).stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class ReadyConfig : public ::testing::TestWithParam<std::string> {
 protected:
  TempDir dir_;
};

TEST_P(ReadyConfig, GivesTheSameResultsAsProcessesAndSimulated) {
  const Arguments few = {"run",           GetParam(), "--set",
                         "run.rounds=12", "--set",    "run.evaluate_every=5"};
  Arguments real = few;
  real.insert(real.end(), {"--out", dir_ / "real"});
  Arguments simulated = few;
  simulated.insert(simulated.end(), {"--simulate", "--out", dir_ / "simulated"});
  const Ended one = run(real);
  ASSERT_EQ(one.status, 0) << one.err;
  const Ended two = run(simulated);
  ASSERT_EQ(two.status, 0) << two.err;
  // Asynchronous nodes take what comes when it comes.
  if (read_file(GetParam()).find("max_staleness") == std::string::npos)
    expect_same_results(dir_ / "real", dir_ / "simulated");
  EXPECT_EQ(read_table(dir_ / "real/metrics.csv").size(), 1U + 4U);  // rounds 0, 5, 10, 12
}

TEST_P(ReadyConfig, IsPrintedByCheckAsYamlThatLoadsAgain) {
  const Ended first = run({"check", GetParam()});
  ASSERT_EQ(first.status, 0) << first.err;
  const Ended again = run({"check", dir_.write("again.yaml", first.out)});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.out, first.out);
}

TEST_P(ReadyConfig, HasATopologyWithAPicture) {
  const Ended ended = run({"topology", GetParam(), "--picture", dir_ / "graph.svg"});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(StartsWith("graph          "), HasSubstr("\nnodes          "),
                               HasSubstr("\nedges          "), HasSubstr("\ndegree         "),
                               HasSubstr("\ndiameter       "), HasSubstr("\nconnected      yes\n"),
                               HasSubstr("\nbipartite      ")));
  const bool server = ended.out.find("with a server") != std::string::npos;
  for (const char* field :
       {"mixing", "lambda_2", "lambda_n", "spectral gap", "mixing time", "gossip step"})
    EXPECT_EQ(ended.out.find(fmt::format("\n{} ", field)) == std::string::npos, server) << field;
  EXPECT_THAT(ended.out, HasSubstr("picture        " + (dir_ / "graph.svg") + "\n"));
  const std::string picture = read_file(dir_ / "graph.svg");
  EXPECT_THAT(picture, AllOf(HasSubstr("<svg "), HasSubstr("<circle"), HasSubstr("</svg>")));
}

INSTANTIATE_TEST_SUITE_P(Configs, ReadyConfig, ::testing::ValuesIn(ready_configs()), test_name);

TEST(Topology, WithoutAPictureWritesNone) {
  const TempDir dir;
  const Process::Options here{
      .environment = {}, .directory = dir.path().string(), .terminal = false};
  const std::string ring = std::string(HEARSAY_CONFIGS) + "/ring.yaml";
  EXPECT_EQ(run({"topology", ring, "--no-picture"}, here).status, 0);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
  EXPECT_EQ(run({"topology", ring}, here).status, 0);
  EXPECT_THAT(read_file(dir / "ring-digits-topology.svg"), HasSubstr("<svg "));
}

TEST(Topology, APictureThatCannotBeWrittenIsStatusTwo) {
  const Ended ended =
      run({"topology", std::string(HEARSAY_CONFIGS) + "/ring.yaml", "--picture", "/nowhere/x.svg"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("cannot write /nowhere/x.svg"));
}

}  // namespace
}  // namespace hearsay::testing
