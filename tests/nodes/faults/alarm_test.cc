#include "nodes/faults/alarm.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace hearsay {
namespace {

using Clock = std::chrono::steady_clock;

/// Whether it rings within so many milliseconds; -1: for ever.
bool rings(const Alarm& alarm, int milliseconds) {
  pollfd item{.fd = alarm.file(), .events = POLLIN, .revents = 0};
  return poll(&item, 1, milliseconds) == 1;
}

TEST(Alarm, RingsAtItsTimeAndNotBefore) {
  Alarm alarm;
  const auto when = Clock::now() + std::chrono::microseconds(300);
  alarm.set(when);
  EXPECT_TRUE(rings(alarm, -1));
  EXPECT_GE(Clock::now(), when);
}

TEST(Alarm, RingsAtOnceForATimeThatIsOver) {
  Alarm alarm;
  alarm.set(Clock::now() - std::chrono::hours(1));
  EXPECT_TRUE(rings(alarm, -1));
  alarm.set(Clock::time_point());
  EXPECT_TRUE(rings(alarm, -1));
}

TEST(Alarm, ForgetsWhatWasSetBefore) {
  Alarm alarm;
  EXPECT_FALSE(rings(alarm, 0));
  alarm.set(Clock::now());
  EXPECT_TRUE(rings(alarm, -1));
  alarm.set(Clock::now() + std::chrono::hours(1));
  EXPECT_FALSE(rings(alarm, 0));
  alarm.set(Clock::now());
  alarm.set(std::nullopt);
  EXPECT_FALSE(rings(alarm, 0));
}

}  // namespace
}  // namespace hearsay
