// A 64-bit fingerprint of a text. Every frame carries that of the resolved config, so that peers of
// two different experiments cannot train together by mistake. Not a security measure.
#pragma once

#include <cstdint>
#include <string_view>

namespace hearsay {

/// FNV-1a over the bytes (Fowler, Noll, Vo), 64 bits.
std::uint64_t digest_of(std::string_view text);

}  // namespace hearsay
