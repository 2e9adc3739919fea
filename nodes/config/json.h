// Settings as JSON, for the files that programs read.
#pragma once

#include <nlohmann/json.hpp>

#include "core/params.h"

namespace hearsay {

/// Keys in their order; a value that is absent is null.
nlohmann::ordered_json to_json(const Params& params);

}  // namespace hearsay
