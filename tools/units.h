// Quantities as a person reads them.
#pragma once

#include <string>

namespace hearsay {

/// "1.5 kB", "2.34 MB": decimal units.
std::string in_bytes(double bytes);
/// The same for bits: "36 bit", "1.5 kbit".
std::string in_bits(double bits);
/// "0.53 s", "2 min 05 s".
std::string in_seconds(double seconds);

}  // namespace hearsay
