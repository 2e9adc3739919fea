// The algorithms that `algorithm:` in a config may name. A header of its own, so that the config
// reader and `hearsay list` need none of what an algorithm is made of.
#pragma once

#include "core/params.h"

namespace hearsay {

const Catalogue& algorithm_catalogue();

}  // namespace hearsay
