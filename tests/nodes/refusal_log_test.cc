#include "nodes/refusal_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearsay {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RefusalsTold : public ::testing::Test {
 protected:
  std::vector<std::string> told_;
  RefusalLog log_{[this](const std::string& line) { told_.push_back(line); }};
};

TEST_F(RefusalsTold, AreCountedEachTimeAndToldOncePerSourceAndReason) {
  for (int k = 0; k < 1000; ++k)
    log_.note(Refusal::bad_magic, "10.0.0.7", "frame " + std::to_string(k));
  for (int k = 0; k < 10; ++k) log_.note(Refusal::replayed, "10.0.0.7");
  log_.note(Refusal::bad_magic, "10.0.0.8");
  EXPECT_THAT(told_, ElementsAre(AllOf(HasSubstr("refused from 10.0.0.7: not a Hearsay frame"),
                                       HasSubstr("(frame 0)")),
                                 HasSubstr("refused from 10.0.0.7: replayed"),
                                 HasSubstr("refused from 10.0.0.8: not a Hearsay frame")));
  EXPECT_EQ(log_.count(Refusal::bad_magic), 1001U);
  EXPECT_EQ(log_.count(Refusal::replayed), 10U);
  EXPECT_EQ(log_.total(), 1011U);
  EXPECT_EQ(log_.counts().at(static_cast<std::size_t>(Refusal::replayed)), 10U);

  told_.clear();
  log_.summarize();
  EXPECT_THAT(told_, ElementsAre("refused from 10.0.0.7 in all: 1000 x not a Hearsay frame",
                                 "refused from 10.0.0.7 in all: 10 x replayed"));
}

TEST_F(RefusalsTold, OfEndlesslyManySourcesTakeNoMoreRoomThanOfSome) {
  for (int k = 0; k < 5000; ++k) log_.note(Refusal::no_handshake, "10.0.0." + std::to_string(k));
  EXPECT_EQ(log_.count(Refusal::no_handshake), 5000U);
  EXPECT_THAT(told_, SizeIs(RefusalLog::kMostSources + 1));
  EXPECT_THAT(told_.back(), HasSubstr("other addresses"));
}

TEST_F(RefusalsTold, HaveATextEach) {
  for (std::size_t k = 0; k < kRefusals; ++k)
    EXPECT_NE(to_string(static_cast<Refusal>(k)), "unknown") << k;
}

}  // namespace
}  // namespace hearsay
