// Texts in YAML and in messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hearsay {

/// In double quotes with YAML's escapes, on one line.
std::string quote(std::string_view text);

/// As it is where YAML reads it back as the same text and a person takes it for one, else quoted:
/// top-k, "8", "yes".
std::string quote_if_needed(std::string_view text);

/// Not more than so many bytes of it, whole characters, and "..." for the rest.
std::string cut_short(std::string_view text, std::size_t most = 60);

/// Without line ends and control characters (shown as escapes).
std::string one_line(std::string_view text);

/// What somebody else has said, fit for a terminal: without control characters but line ends (shown
/// as escapes), and not more than 4,000 bytes of it.
std::string harmless(std::string_view text);

}  // namespace hearsay
