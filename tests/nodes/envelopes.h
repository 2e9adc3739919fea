// Frames for tests of transports.
#pragma once

#include "nodes/transport.h"

namespace hearsay {

constexpr std::uint64_t kTestDigest = 0x0123456789abcdef;

/// Bytes that follow from the seed.
Bytes random_bytes(std::size_t size, std::uint64_t seed = 1);
Payload random_payload(std::size_t size, std::uint64_t seed = 1);

/// Of round 1, complete.
Envelope envelope(NodeId from, NodeId to, Payload payload, std::uint64_t sequence = 1);

/// The next frame, waited for; nothing when none comes.
std::optional<ReceivedFrame> next_frame(Transport& transport);

bool same_bytes(ByteView a, ByteView b);

}  // namespace hearsay
