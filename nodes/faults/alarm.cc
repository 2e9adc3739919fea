#include "nodes/faults/alarm.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace hearsay {

Alarm::Alarm() : file_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (file_ < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
}

Alarm::~Alarm() {
  close(file_);
}

void Alarm::set(std::optional<std::chrono::steady_clock::time_point> when) {
  constexpr std::int64_t kBillion = 1'000'000'000;
  itimerspec spec{};  // all zero: never
  if (when) {
    // libstdc++'s steady_clock is CLOCK_MONOTONIC. The time 0 would mean never.
    const auto since =
        std::chrono::duration_cast<std::chrono::nanoseconds>(when->time_since_epoch());
    const std::int64_t nanoseconds = std::max<std::int64_t>(1, since.count());
    spec.it_value.tv_sec = nanoseconds / kBillion;
    spec.it_value.tv_nsec = nanoseconds % kBillion;
  }
  timerfd_settime(file_, TFD_TIMER_ABSTIME, &spec, nullptr);
}

}  // namespace hearsay
