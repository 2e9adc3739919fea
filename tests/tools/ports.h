// Free ports of loopback for configs that must name them.
#pragma once

#include <string>

namespace hearsay::testing {

/// The first of `count` consecutive ports that nobody listens on now, below the range from which
/// the system chooses ports by itself.
int free_ports(int count);

/// Listens on a port of 127.0.0.1 for as long as it lives.
class Occupied {
 public:
  explicit Occupied(int port);
  ~Occupied();
  Occupied(const Occupied&) = delete;
  Occupied& operator=(const Occupied&) = delete;
  bool good() const { return file_ >= 0; }

 private:
  int file_ = -1;
};

}  // namespace hearsay::testing
