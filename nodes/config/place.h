// Where a setting was written, and what reading a config gives.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/params.h"

namespace hearsay {

/// A place in the file, or an override.
struct ConfigPlace {
  int line = 1;  // from 1
  int column = 1;
  int override_index = -1;  // of the --set that the setting came from; -1: the file
};

/// What a config was read from, for messages.
struct ConfigSource {
  std::string file;
  std::vector<std::string> overrides;

  /// "ring.yaml:14:9", or "--set run.rounds=0".
  std::string at(const ConfigPlace& place) const;
};

/// From key path ("algorithm.compressor.k", list items by index) to where it was written.
using ConfigPlaces = std::map<std::string, ConfigPlace, std::less<>>;

/// The place of a key path, or of its nearest parent that was written; "" is the whole file.
ConfigPlace nearest_place(const ConfigPlaces& places, std::string_view key_path);

struct ResolvedConfig {
  Params root;
  std::vector<std::string> warnings;
  ConfigPlaces places;
};

}  // namespace hearsay
