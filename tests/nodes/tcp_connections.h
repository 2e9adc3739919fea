// The TCP connections of this process, as the kernel knows them.
#pragma once

#include <vector>

namespace hearsay::testing {

/// A descriptor of each end of an established one, each once, however many there are of it. Other
/// threads may close them at any time.
std::vector<int> tcp_connections();

/// Ends all of them, as a network does.
void cut_tcp_connections();

}  // namespace hearsay::testing
