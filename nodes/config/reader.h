// From a tree and the description of what it may hold to checked, complete settings.
#pragma once

#include <string>
#include <vector>

#include "nodes/config/place.h"
#include "nodes/config/tree.h"

namespace hearsay {

/// A text with its overrides as a tree. Throws ConfigError for what is no map.
ConfigTree read_tree(const Param& schema, const std::string& text, const ConfigSource& source);

/// Reads a tree as the section `schema` says; knows no key by name. Throws ConfigError for the
/// first thing wrong. In the parts that are entries of the schema itself (algorithm: ...), a key
/// that only another part of the catalogue knows is a warning, is checked and left out, so that
/// sweeps over algorithms can share one file; elsewhere it is an error.
ResolvedConfig resolve(const Param& schema, const ConfigTree& tree, const ConfigSource& source);

/// Both in one go.
ResolvedConfig resolve(const Param& schema, const std::string& text, const ConfigSource& source);

/// Reads a text as one part, `top-k` or `{name: top-k, ratio: 0.05}`, such as an argument of a
/// command. Throws ConfigError; a key of another part is an error as well.
Params resolve_part(const Param& part, const std::string& text, const ConfigSource& source);

}  // namespace hearsay
