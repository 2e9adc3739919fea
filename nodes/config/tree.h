// A YAML document as a plain tree: every value with the text and the place it was written at.
//
// yaml-cpp keeps duplicate keys, follows cyclic aliases, forgets which scalars were quoted when
// converting and reads only the first document. All that is dealt with where the tree is made
// (yaml.cc, the only file that includes yaml-cpp), so that what comes after is plain code on plain
// values.
#pragma once

#include <string>
#include <vector>

#include "nodes/config/place.h"

namespace hearsay {

struct ConfigTree {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  std::string key;                // of an entry of a map
  std::string text;               // scalar: its text, unquoted
  bool quoted = false;            // scalar: written in quotes
  std::vector<ConfigTree> items;  // list: the items; map: the entries, in the order of the file
  ConfigPlace place;              // of the key in a map, else of the value

  const ConfigTree* find(std::string_view wanted) const;  // map: the entry of that key, or null
  ConfigTree* find(std::string_view wanted);

  /// The value for a message, on one line and not too long: 0, the text "8", a list, nothing.
  std::string found() const;
};

/// Parses a text of one YAML document. Throws ConfigError with file:line:column for bad syntax,
/// characters that are no UTF-8 text, several documents, repeated keys, tags, cyclic aliases,
/// nesting above 50 levels, and aliases that expand to much more than the text itself.
ConfigTree parse_tree(const std::string& text, const std::string& file);

/// A value as the tree that would be read as it; for defaults.
ConfigTree tree_of(const Value& value);

/// In YAML's flow style, on one line.
std::string flow_text(const ConfigTree& tree);

/// Moves a whole tree to one place.
void place_tree(ConfigTree& tree, const ConfigPlace& place);

/// Every place of a tree by key path, its root under "".
ConfigPlaces places_of(const ConfigTree& tree);

/// "a.b" and "c" to "a.b.c"; "" is the root.
std::string join_path(const std::string& path, const std::string& key);

}  // namespace hearsay
