#include "tests/nodes/envelopes.h"

#include <algorithm>
#include <utility>

#include "core/random.h"

namespace hearsay {

Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  Stream stream = Stream::from_state(seed);
  Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(stream());
  return bytes;
}

Payload random_payload(std::size_t size, std::uint64_t seed) {
  return std::make_shared<const Bytes>(random_bytes(size, seed));
}

Envelope envelope(NodeId from, NodeId to, Payload payload, std::uint64_t sequence) {
  const std::uint32_t sum = checksum(*payload);
  return {.header = {.digest = kTestDigest,
                     .from = from,
                     .to = to,
                     .round = 1,
                     .sequence = sequence,
                     .payload_checksum = sum},
          .payload = std::move(payload)};
}

std::optional<ReceivedFrame> next_frame(Transport& transport) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::optional<ReceivedFrame> frame;
  while (!frame && std::chrono::steady_clock::now() < deadline) frame = transport.receive(1);
  return frame;
}

bool same_bytes(ByteView a, ByteView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace hearsay
