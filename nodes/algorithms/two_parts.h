// Two payloads in one message, for algorithms that exchange two vectors in one phase.
// Layout: u64 size of the first | the first | the second.
#pragma once

#include <optional>

#include "core/compressor.h"

namespace hearsay {

/// Makes room for the first size in an empty message; append the first payload, call end_first,
/// append the second.
void begin_two_parts(Bytes& message);
void end_first(Bytes& message);

struct TwoParts {
  ByteView first;
  ByteView second;
};

/// Nothing when the message is too short for what it says. Views into `message`.
std::optional<TwoParts> split_two_parts(ByteView message);

/// What is wrong with a message of two payloads, or nothing.
std::optional<std::string> check_two_parts(ByteView message, const Compressor& first,
                                           const Compressor& second);

}  // namespace hearsay
