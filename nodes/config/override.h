// --set a.b.c=value
#pragma once

#include "nodes/config/place.h"
#include "nodes/config/tree.h"

namespace hearsay {

/// Puts override `index` of `source` into the tree. `schema` tells which scalars are parts written
/// as a bare name and which keys hold a part's name: setting one such key removes the others.
/// Throws ConfigError ("--set ...") for a malformed one.
void apply_override(ConfigTree& root, const Param& schema, const ConfigSource& source,
                    std::size_t index);

}  // namespace hearsay
