#include "nodes/transport.h"

namespace hearsay {

std::uint64_t longest_payload(std::size_t dimension) {
  constexpr std::uint64_t kSlack = 65536;  // what stands before and between the vectors
  return kSlack + 16 * static_cast<std::uint64_t>(dimension);
}

}  // namespace hearsay
