#include "nodes/greeting.h"

#include <fmt/format.h>

#include <array>

#include "core/bytes.h"
#include "nodes/frame.h"

namespace hearsay {

Greeting greeting_of(const Experiment& experiment) {
  return {kWireVersion, experiment.network().nodes(), experiment.dimension(), experiment.digest()};
}

Bytes encode_greeting(const Greeting& greeting) {
  Bytes bytes;
  ByteWriter out(bytes);
  for (const std::uint64_t value : greeting) out.u64(value);
  return bytes;
}

Greeting decode_greeting(ByteView bytes) {
  ByteReader in(bytes);
  Greeting greeting;
  while (in.left() >= sizeof(std::uint64_t)) greeting.push_back(in.u64());
  return greeting;
}

std::string greeting_mismatch(NodeId other, const Greeting& theirs, const Greeting& mine) {
  if (theirs == mine) return {};
  if (theirs.size() != mine.size()) return fmt::format("node {} speaks another protocol", other);
  constexpr std::array kNames = {"wire version", "number of nodes", "model dimension"};
  for (std::size_t k = 0; k < kNames.size(); ++k)
    if (theirs[k] != mine[k])
      return fmt::format("node {} belongs to another experiment: its {} is {}, here it is {}",
                         other, kNames[k], theirs[k], mine[k]);
  return fmt::format(
      "node {} belongs to another experiment: the digest of its resolved config is {:016x}, here "
      "it is "
      "{:016x}; start all peers from the same YAML file and the same --set overrides",
      other, theirs.back(), mine.back());
}

}  // namespace hearsay
