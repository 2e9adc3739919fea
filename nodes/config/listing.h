// The text of `hearsay list`.
#pragma once

#include <string>
#include <string_view>

namespace hearsay {

/// All parts of all kinds, a line each.
std::string list_all();

/// The parts of one kind with their keys: what is allowed, the default, what it is for. `kind` is
/// "compressor" or "compressors", and so on. Throws ConfigError for an unknown kind.
std::string list_kind(std::string_view kind);

}  // namespace hearsay
