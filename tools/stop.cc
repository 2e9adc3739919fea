#include "tools/stop.h"

#include <csignal>

namespace hearsay {

namespace {

std::atomic<bool> stop_flag{false};

void stop_in_order(int signal) {
  stop_flag.store(true, std::memory_order_relaxed);
  std::signal(signal, SIG_DFL);
}

}  // namespace

std::atomic<bool>& stop_on_signals() {
  std::signal(SIGINT, stop_in_order);
  std::signal(SIGTERM, stop_in_order);
  return stop_flag;
}

}  // namespace hearsay
