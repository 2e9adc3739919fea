// A value put at a key path of a config: --set a.b.c=value, and what a sweep varies.
#pragma once

#include <string>

#include "nodes/config/place.h"
#include "nodes/config/tree.h"

namespace hearsay {

/// Puts `value` at "a.b.c" of the tree; what it has to create is placed where `value` is. `schema`
/// tells which scalars are parts written as a bare name and which keys hold a part's name: setting
/// one such key removes the others. Throws ConfigError, placed where `value` is, for a malformed
/// path and one that leads into a scalar or past the end of a list.
void put(ConfigTree& root, const Param& schema, const std::string& key_path, ConfigTree value,
         const ConfigSource& source);

/// The same for override `index` of `source`, "a.b.c=value".
void apply_override(ConfigTree& root, const Param& schema, const ConfigSource& source,
                    std::size_t index);

/// The key path of an override: what stands before its "=".
std::string overridden_key(const std::string& override_text);

}  // namespace hearsay
