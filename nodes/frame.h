// Frames: what travels from node to node. A frame is a fixed header of 64 bytes and a payload; the
// layout is specified in docs/wire-format.md.
//
// The decoder trusts nothing: it reads no byte beyond the input, allocates nothing by a length
// field, and answers with a frame or with a named reason for its refusal.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "core/types.h"

namespace hearsay {

constexpr std::uint16_t kWireVersion = 5;
constexpr std::size_t kHeaderBytes = 64;

enum class FrameKind : std::uint8_t {
  hello = 1,    // the greeting before round 1; payload: the node's settings as text
  data = 2,     // one message of an algorithm
  request = 3,  // `sequence` and what followed it did not come, send them again; no payload
  ack = 4,      // all up to `sequence` have come; no payload
  advance = 5,  // the first bytes of the payload of the data frame of that sequence, or the next
};

struct FrameHeader {
  FrameKind kind = FrameKind::data;
  std::uint64_t digest = 0;  // of the experiment
  NodeId from = 0;
  NodeId to = 0;
  Round round = 0;
  std::uint16_t phase = 0;
  std::uint16_t incarnation = 0;  // of the run: grows whenever it goes on from a checkpoint
  std::uint64_t sequence = 0;     // counts the data frames of this directed link from 1; of a hello
                                  // a number that grows with the connections of its sender
  std::uint64_t payload_size = 0;  // with all that went in advance
  std::uint32_t payload_checksum = 0;
  std::uint32_t history = 0;  // of all payloads of this link so far: see nodes/links.h
  bool continues = false;     // the first bytes of the payload went in advance

  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

/// CRC-32 (that of zlib) of the bytes, behind those whose sum is `start`.
std::uint32_t checksum(ByteView bytes, std::uint32_t start = 0);

/// Writes the 64 bytes of the header.
void store_header(const FrameHeader& header, std::span<std::byte, kHeaderBytes> to);
Bytes encode_header(const FrameHeader& header);

/// Why bytes are no frame of ours, and, from no_handshake on, why a connection is none of ours.
enum class Refusal {
  truncated,     // shorter than a header
  bad_magic,     // not Hearsay
  bad_version,   // another wire version
  bad_header,    // header checksum, an unknown kind, or one that does not continue
  oversized,     // the payload is longer than the receiver allows
  bad_length,    // the payload is not as long as the header says
  bad_checksum,  // the payload's checksum
  foreign,       // another experiment
  misdirected,   // for another node, or from a node that is no neighbour
  stale,         // of a round that is over
  former,        // of an incarnation of the run that has ended
  early,         // more than one round ahead
  replayed,      // seen before
  gap,           // frames before this one are missing
  diverged,      // what came before it on this link is not what its sender sent
  bad_payload,   // not a message of the algorithm's compressor
  impostor,      // the key, or the connection, is not that of the node that it claims to be from
  bad_control,   // not a control message
  no_handshake,  // not ZeroMQ; without CURVE where there are keys; or with another server's key
  unlisted,      // a key that is not on the list
  no_message,    // gone without a whole message
  bad_part,      // a part longer than allowed, or broken framing
  flood,         // an endless message
};
std::string to_string(Refusal refusal);
constexpr std::size_t kRefusals = static_cast<std::size_t>(Refusal::flood) + 1;

/// The header in the first 64 bytes, or the reason for refusing it. `bytes` may be longer.
std::variant<FrameHeader, Refusal> decode_header(ByteView bytes);

}  // namespace hearsay
