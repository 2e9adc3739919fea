#include "nodes/greeting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/digest.h"
#include "nodes/frame.h"
#include "tests/nodes/experiments.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const Greeting kMine{1, 8, 650, 0xabc};

/// What node 3 hears when it greets like that.
std::string answer_to(const Greeting& theirs) {
  return hearsay::greeting_mismatch(3, theirs, kMine);
}

Experiment experiment_with(const std::string& rate, const std::string& transport) {
  return experiment_of(
      "topology: {graph: ring, nodes: 3}\n"
      "objective: {model: quadratic, dimension: 17}\n"
      "algorithm: {name: dpsgd, learning_rate: " +
      rate + "}\nrun: {rounds: 1}\ntransport: " + transport + "\n");
}

TEST(Greeting, TellsVersionNodesDimensionAndDigest) {
  const Experiment experiment = experiment_with("0.1", "{}");
  EXPECT_EQ(greeting_of(experiment), (Greeting{kWireVersion, 3, 17, experiment.digest()}));
}

TEST(Greeting, ReadsBackAndToleratesBrokenOnes) {
  EXPECT_EQ(decode_greeting(encode_greeting(kMine)), kMine);
  const Bytes bytes = encode_greeting(kMine);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(decode_greeting(ByteView(bytes).first(size)), kMine) << size;
}

TEST(Mismatch, OfEqualGreetingsIsEmpty) {
  EXPECT_EQ(answer_to(kMine), "");
}

TEST(Mismatch, NamesTheNodeTheSettingAndBothValues) {
  EXPECT_EQ(answer_to({2, 8, 650, 0xabc}),
            "node 3 belongs to another experiment: its wire version is 2, here it is 1");
  EXPECT_EQ(answer_to({1, 9, 650, 0xabc}),
            "node 3 belongs to another experiment: its number of nodes is 9, here it is 8");
  EXPECT_EQ(answer_to({1, 8, 651, 0xabc}),
            "node 3 belongs to another experiment: its model dimension is 651, here it is 650");
  EXPECT_THAT(answer_to({1, 8, 650, 0xdef}),
              AllOf(HasSubstr("0000000000000def"), HasSubstr("0000000000000abc"),
                    HasSubstr("same YAML file")));
}

TEST(Mismatch, OfAnotherLengthIsAnotherProtocol) {
  EXPECT_THAT(answer_to({1, 8, 650}), HasSubstr("node 3 speaks another protocol"));
  EXPECT_THAT(answer_to({}), Not(HasSubstr("experiment")));
}

TEST(Digest, IsFnv1a) {
  // The vectors of the algorithm's authors.
  EXPECT_EQ(digest_of(""), 0xcbf29ce484222325U);
  EXPECT_EQ(digest_of("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(digest_of("foobar"), 0x85944171f73967e8U);
}

TEST(Digest, OfAnExperimentDependsOnAllButTheTransport) {
  const std::uint64_t digest = experiment_with("0.1", "{}").digest();
  EXPECT_EQ(experiment_with("0.1", "{kind: ipc}").digest(), digest);
  EXPECT_EQ(experiment_with("0.1", "{base_port: 4000}").digest(), digest);
  EXPECT_NE(experiment_with("0.2", "{}").digest(), digest);
}

}  // namespace
}  // namespace hearsay
