#include "core/phase_clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace hearsay {
namespace {

void spin_for(std::chrono::microseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

constexpr std::chrono::microseconds kWhile{300};
constexpr std::uint64_t kWhileNs = 300'000;

TEST(PhaseClock, GivesTheTimeOfInnerScopesToThemAlone) {
  PhaseTimes times;
  const auto begin = std::chrono::steady_clock::now();
  {
    const PhaseClock::Use use(times);
    const PhaseClock::Scope mix(Phase::mix);
    spin_for(kWhile);
    {
      const PhaseClock::Scope decode(Phase::decode);
      spin_for(kWhile);
    }
    spin_for(kWhile);
  }
  const double all =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_GE(times.of(Phase::mix), 2 * kWhileNs);
  EXPECT_GE(times.of(Phase::decode), kWhileNs);
  EXPECT_EQ(times.of(Phase::compute), 0U);
  EXPECT_LE(times.total_seconds(), all);
}

TEST(PhaseClock, MeasuresNothingWhereNobodyAsked) {
  PhaseTimes times;
  {
    const PhaseClock::Scope before(Phase::compute);
    spin_for(kWhile);
  }
  const PhaseClock::Use use(times);
  std::thread([] {
    const PhaseClock::Scope elsewhere(Phase::compute);
    spin_for(kWhile);
  }).join();
  EXPECT_EQ(times.total_seconds(), 0.0);
}

TEST(PhaseClock, OfTwoNodesOnOneThreadAreApart) {
  PhaseTimes one;
  PhaseTimes other;
  const PhaseClock::Use outer(one);
  const PhaseClock::Scope compute(Phase::compute);
  {
    const PhaseClock::Use inner(other);
    const PhaseClock::Scope compress(Phase::compress);
    spin_for(kWhile);
  }
  EXPECT_GE(other.of(Phase::compress), kWhileNs);
  EXPECT_EQ(one.of(Phase::compress), 0U);
}

}  // namespace
}  // namespace hearsay
