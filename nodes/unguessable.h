// Names that nobody else can claim.
#pragma once

#include <string>

namespace hearsay {

/// 128 random bits as 32 hexadecimal digits.
std::string unguessable_name();

}  // namespace hearsay
