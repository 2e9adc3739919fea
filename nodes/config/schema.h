// What a config may hold, as data.
#pragma once

#include <string>

#include "core/params.h"

namespace hearsay {

/// The whole config as a section, built from the catalogues of the parts. `name` has no default
/// here: it is the stem of the file's name.
const Param& config_schema();

/// The same with that default.
Param config_schema_for(const std::string& file_name);

/// The rules between keys that a description of single keys cannot say. Throws ParamError with the
/// full key path: nodes beside workers, workers on another graph than star, an address for
/// something that is no node.
void check_config(const Params& root);

}  // namespace hearsay
