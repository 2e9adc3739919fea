#include "tests/tools/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <stdexcept>
#include <vector>

namespace hearsay::testing {

namespace {

constexpr int kLowest = 10000;
constexpr int kHighest = 30000;  // Linux gives out ports from 32768 on
constexpr int kAttempts = 1000;

}  // namespace

Occupied::Occupied(int port) : file_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (file_ >= 0 && (bind(file_, generic, sizeof address) != 0 || listen(file_, 1) != 0)) {
    close(file_);
    file_ = -1;
  }
}

Occupied::~Occupied() {
  if (file_ >= 0) close(file_);
}

int free_ports(int count) {
  // Tests of this suite may run side by side: a random start keeps them apart.
  std::random_device random;
  std::uniform_int_distribution<int> start(kLowest, kHighest - count);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int first = start(random);
    bool free = true;
    for (int k = 0; free && k < count; ++k) free = Occupied(first + k).good();
    if (free) return first;
  }
  throw std::runtime_error("no free block of ports");
}

}  // namespace hearsay::testing
