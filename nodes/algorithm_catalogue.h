// The names of the algorithms, for the config schema and `hearsay list`.
#pragma once

#include "core/params.h"

namespace hearsay {

const Catalogue& algorithm_catalogue();

}  // namespace hearsay
