#include "nodes/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace hearsay {
namespace {

class ThreadPools : public ::testing::TestWithParam<std::size_t> {
 protected:
  ThreadPool pool_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPools, ::testing::Values(1, 2, 3, 7));

TEST_P(ThreadPools, VisitEveryIndexOnce) {
  EXPECT_EQ(pool_.threads(), GetParam());
  for (const std::size_t count : {0, 1, 2, 6, 7, 8, 1000}) {
    std::vector<std::atomic<int>> visits(count);
    pool_.for_each(count, [&](std::size_t index, std::size_t worker) {
      EXPECT_LT(worker, pool_.threads());
      ++visits[index];
    });
    for (std::size_t index = 0; index < count; ++index) EXPECT_EQ(visits[index], 1) << index;
  }
}

TEST_P(ThreadPools, HelpAWorkerThatIsHeldUp) {
  // Index 0 is not done before all others are, some of which are in the share of the same worker:
  // who did not help it would wait for ever.
  if (GetParam() == 1) return;
  constexpr std::size_t kCount = 100;
  for (int loop = 1; loop <= 20; ++loop) {
    std::atomic<std::size_t> others = 0;
    pool_.for_each(kCount, [&](std::size_t index, std::size_t /*worker*/) {
      if (index > 0) ++others;
      while (index == 0 && others < kCount - 1) std::this_thread::yield();
    });
    EXPECT_EQ(others, kCount - 1);
  }
}

TEST_P(ThreadPools, PassOnAnExceptionOfAnyIndexAndGoOnAfterwards) {
  for (const std::size_t bad : {0, 50, 99}) {
    try {
      pool_.for_each(100, [&](std::size_t index, std::size_t /*worker*/) {
        if (index == bad) throw std::runtime_error(std::to_string(index));
      });
      FAIL() << "nothing thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), std::to_string(bad));
    }
    std::atomic<int> visits = 0;
    pool_.for_each(100, [&](std::size_t /*index*/, std::size_t /*worker*/) { ++visits; });
    EXPECT_EQ(visits, 100);
  }
}

TEST_P(ThreadPools, ReturnOnlyWhenAllIsDone) {
  // Plain ints: a body that still ran after the return would be a race on them.
  std::vector<int> values(64, 0);
  for (int loop = 0; loop < 500; ++loop) {
    pool_.for_each(values.size(),
                   [&](std::size_t index, std::size_t /*worker*/) { ++values[index]; });
    ASSERT_EQ(values.front(), loop + 1);
    ASSERT_EQ(values.back(), loop + 1);
  }
}

}  // namespace
}  // namespace hearsay
