// Stopping simulated runs by Ctrl-C.
#pragma once

#include <atomic>

namespace hearsay {

/// From now on the first SIGINT or SIGTERM raises the flag, which asks for an orderly stop; the
/// second does what it does everywhere.
std::atomic<bool>& stop_on_signals();

}  // namespace hearsay
