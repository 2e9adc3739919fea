// Adam [Kingma, Ba, ICLR 2015, Algorithm 1], with epsilon inside the root and no bias correction
// unless asked: see core/optimizers/adaptive.h.
#pragma once

#include <vector>

#include "core/params.h"

namespace hearsay {

/// The settings of `adam`, for the lists of algorithms that run it.
std::vector<Param> adam_params();

}  // namespace hearsay
