#include "core/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/vectors.h"

namespace hearsay {
namespace {

using namespace hearsay::testing;

/// The schedule as the config reader would hand it over: all defaults filled in.
Schedule make(double rate, const Value& schedule, Round rounds = 100,
              double rounds_per_epoch = 1.0) {
  const PartInfo algorithm{"any", "", Schedule::params(), {}};
  return {complete(algorithm, settings({{"learning_rate", rate}, {"schedule", schedule}})), rounds,
          rounds_per_epoch};
}

Params step(std::initializer_list<double> milestones, std::initializer_list<Entry> more = {}) {
  std::vector<Value> list(milestones.begin(), milestones.end());
  Params params = settings({{"kind", "step"}, {"milestones", list}});
  for (const Entry& entry : more) params.set(entry.key, entry.value);
  return params;
}

TEST(Schedule, IsConstantByDefault) {
  const PartInfo algorithm{"any", "", Schedule::params(), {}};
  const Schedule schedule(complete(algorithm, settings({{"learning_rate", 0.3}})), 10, 1.0);
  for (const Round t : {1U, 5U, 10U, 1000U}) EXPECT_EQ(schedule.learning_rate(t), 0.3);
}

TEST(Schedule, FallsAfterEachMilestone) {
  const Schedule schedule = make(2.0, step({3, 5}, {{"unit", "rounds"}, {"factor", 0.5}}));
  EXPECT_EQ(schedule.learning_rate(1), 2.0);
  EXPECT_EQ(schedule.learning_rate(3), 2.0);  // t > m
  EXPECT_EQ(schedule.learning_rate(4), 1.0);
  EXPECT_EQ(schedule.learning_rate(5), 1.0);
  EXPECT_EQ(schedule.learning_rate(6), 0.5);
  EXPECT_EQ(schedule.learning_rate(100), 0.5);
}

TEST(Schedule, CountsMilestonesInEpochsByDefault) {
  // 2 epochs of 3.5 rounds are 7 rounds, 3 are 10.5.
  const Schedule schedule = make(1.0, step({2, 3}), 100, 3.5);
  EXPECT_EQ(schedule.learning_rate(7), 1.0);
  EXPECT_EQ(schedule.learning_rate(8), 0.1);
  EXPECT_EQ(schedule.learning_rate(10), 0.1);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(11), 0.01);
}

TEST(Schedule, RefusesMilestonesOutOfOrder) {
  for (const auto& milestones : {step({5, 3}), step({3, 3})}) {
    const auto call = [&] { make(1.0, milestones); };
    EXPECT_EQ(key_of(call), "schedule.milestones");
    EXPECT_THAT(message_of<ParamError>(call), ::testing::HasSubstr("ascending"));
  }
}

TEST(Schedule, FallsWithTheRootOfTheRound) {
  const Schedule schedule = make(6.0, "inverse-sqrt");
  EXPECT_EQ(schedule.learning_rate(1), 6.0);
  EXPECT_EQ(schedule.learning_rate(4), 3.0);
  EXPECT_EQ(schedule.learning_rate(9), 2.0);
}

TEST(Schedule, FallsLikeACosineToZeroBehindTheLastRound) {
  const Schedule schedule = make(4.0, "cosine", 100);
  EXPECT_EQ(schedule.learning_rate(1), 4.0);
  EXPECT_NEAR(schedule.learning_rate(51), 2.0, 1e-12);  // half-way
  EXPECT_NEAR(schedule.learning_rate(26), 2.0 + std::sqrt(2.0), 1e-12);
  EXPECT_GT(schedule.learning_rate(100), 0.0);
  EXPECT_NEAR(schedule.learning_rate(101), 0.0, 1e-12);
}

TEST(Schedule, WarmsUpLinearly) {
  for (const char* kind : {"constant", "inverse-sqrt", "cosine"}) {
    const Schedule cold = make(1.0, kind);
    const Schedule warm = make(1.0, settings({{"kind", kind}, {"warmup", 4}}));
    for (Round t = 1; t <= 8; ++t) {
      const double share = t < 4 ? static_cast<double>(t) / 4 : 1.0;
      EXPECT_DOUBLE_EQ(warm.learning_rate(t), share * cold.learning_rate(t)) << kind << " " << t;
    }
  }
  const Schedule warm_steps = make(1.0, step({1}, {{"unit", "rounds"}, {"warmup", 4}}));
  EXPECT_DOUBLE_EQ(warm_steps.learning_rate(1), 0.25);
  EXPECT_DOUBLE_EQ(warm_steps.learning_rate(2), 0.05);
  EXPECT_DOUBLE_EQ(warm_steps.learning_rate(5), 0.1);
}

TEST(Schedule, DescribesItsKeys) {
  const std::vector<Param> params = Schedule::params();
  ASSERT_EQ(params.size(), 2U);
  EXPECT_EQ(params[0].name, "learning_rate");
  EXPECT_TRUE(params[0].required);
  EXPECT_EQ(params[0].allowed(), "a number above 0");
  EXPECT_EQ(params[1].allowed(), "one of constant, step, inverse-sqrt, cosine");
  EXPECT_EQ(params[1].selectors, std::vector<std::string>{"kind"});
  const Params resolved = complete(*params[1].catalogue().find("step"));
  EXPECT_EQ(resolved.entries().front().key, "kind");  // as the user writes it
  EXPECT_EQ(resolved.number("factor"), 0.1);
}

}  // namespace
}  // namespace hearsay
