#include "nodes/frame.h"

#include <isa-l/crc.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>

#include "core/bytes.h"
#include "core/compressors/wire.h"

namespace hearsay {

namespace {

constexpr std::array<std::byte, 4> kMagic = {std::byte{'H'}, std::byte{'S'}, std::byte{'A'},
                                             std::byte{'Y'}};
constexpr std::size_t kChecksummed =
    kHeaderBytes - 4;  // the header's own checksum is its last field

#ifdef __x86_64__
__attribute__((target("avx"))) void zero_upper() {
  _mm256_zeroupper();
}
#endif

/// ISA-L leaves the upper halves of vector registers in use, and then all code for narrower ones,
/// which is most, takes up to three times as long on some CPUs.
void clean_upper_halves() {
#ifdef __x86_64__
  static const bool kHas = __builtin_cpu_supports("avx") != 0;
  if (kHas) zero_upper();
#endif
}

bool known(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(FrameKind::hello) &&
         kind <= static_cast<std::uint8_t>(FrameKind::advance);
}

/// Only data goes in several frames.
bool may_continue(FrameKind kind) {
  return kind == FrameKind::data || kind == FrameKind::advance;
}

}  // namespace

std::uint32_t checksum(ByteView bytes, std::uint32_t start) {
  // Its interface has no const.
  auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
  if (bytes.empty()) return start;
  const std::uint32_t sum = crc32_gzip_refl(start, data, bytes.size());
  clean_upper_halves();
  return sum;
}

void store_header(const FrameHeader& header, std::span<std::byte, kHeaderBytes> to) {
  std::byte* next = std::copy(kMagic.begin(), kMagic.end(), to.data());
  const auto put = [&next](auto value) {
    wire::store(next, value);
    next += sizeof value;
  };
  put(kWireVersion);
  put(static_cast<std::uint8_t>(header.kind));
  put(static_cast<std::uint8_t>(header.continues ? 1 : 0));
  put(header.digest);
  put(header.from);
  put(header.to);
  put(header.round);
  put(header.sequence);
  put(header.payload_size);
  put(header.payload_checksum);
  put(header.phase);
  put(header.incarnation);
  put(header.history);
  put(checksum(to.first(kChecksummed)));
}

Bytes encode_header(const FrameHeader& header) {
  Bytes bytes(kHeaderBytes);
  store_header(header, std::span<std::byte, kHeaderBytes>(bytes));
  return bytes;
}

std::variant<FrameHeader, Refusal> decode_header(ByteView bytes) {
  if (bytes.size() < kHeaderBytes) return Refusal::truncated;
  ByteReader in(bytes.first(kHeaderBytes));
  const ByteView magic = in.bytes(kMagic.size());
  if (!std::equal(kMagic.begin(), kMagic.end(), magic.begin())) return Refusal::bad_magic;
  if (in.u16() != kWireVersion) return Refusal::bad_version;
  const std::uint8_t kind = in.u8();
  const std::uint8_t continues = in.u8();
  FrameHeader header;
  header.digest = in.u64();
  header.from = in.u32();
  header.to = in.u32();
  header.round = in.u64();
  header.sequence = in.u64();
  header.payload_size = in.u64();
  header.payload_checksum = in.u32();
  header.phase = in.u16();
  header.incarnation = in.u16();
  header.history = in.u32();
  const bool intact = in.u32() == checksum(bytes.first(kChecksummed));
  if (!intact || !known(kind) || continues > 1) return Refusal::bad_header;
  header.kind = static_cast<FrameKind>(kind);
  header.continues = continues == 1;
  if (header.continues && !may_continue(header.kind)) return Refusal::bad_header;
  return header;
}

std::string to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::truncated:
      return "truncated";
    case Refusal::bad_magic:
      return "not a Hearsay frame";
    case Refusal::bad_version:
      return "another wire version";
    case Refusal::bad_header:
      return "corrupted header";
    case Refusal::oversized:
      return "oversized";
    case Refusal::bad_length:
      return "wrong length";
    case Refusal::bad_checksum:
      return "corrupted payload";
    case Refusal::foreign:
      return "of another experiment";
    case Refusal::misdirected:
      return "not for this node or not from a neighbour";
    case Refusal::stale:
      return "of a round that is over";
    case Refusal::former:
      return "of a former incarnation of the run";
    case Refusal::early:
      return "more than a round early";
    case Refusal::replayed:
      return "replayed";
    case Refusal::gap:
      return "out of sequence";
    case Refusal::diverged:
      return "of another history of its link";
    case Refusal::bad_payload:
      return "not a message of the compressor";
    case Refusal::impostor:
      return "from somebody else than it says";
    case Refusal::bad_control:
      return "not a control message";
    case Refusal::no_handshake:
      return "connection without the handshake";
    case Refusal::unlisted:
      return "connection with a key that is not listed";
    case Refusal::no_message:
      return "connection without a message";
    case Refusal::bad_part:
      return "connection with a part that is too long";
    case Refusal::flood:
      return "connection with an endless message";
  }
  return "unknown";
}

}  // namespace hearsay
