#include "tests/nodes/tcp_connections.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <set>

namespace hearsay::testing {

std::vector<int> tcp_connections() {
  std::vector<int> files;
  std::set<ino_t> seen;  // the doorman has descriptors of its own for connections of libzmq's
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int file = std::atoi(entry.path().filename().c_str());
    tcp_info info{};
    socklen_t size = sizeof info;
    constexpr auto kEstablished = 1;
    if (getsockopt(file, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) continue;  // no TCP socket
    struct stat facts {};
    if (info.tcpi_state == kEstablished && fstat(file, &facts) == 0 &&
        seen.insert(facts.st_ino).second)
      files.push_back(file);
  }
  return files;
}

void cut_tcp_connections() {
  for (const int file : tcp_connections()) shutdown(file, SHUT_RDWR);
}

}  // namespace hearsay::testing
