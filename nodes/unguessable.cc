#include "nodes/unguessable.h"

#include <fmt/format.h>

#include <random>

namespace hearsay {

std::string unguessable_name() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

}  // namespace hearsay
