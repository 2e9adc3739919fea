// AMSGrad [Reddi, Kale, Kumar: On the Convergence of Adam and Beyond, ICLR 2018, Algorithm 2], with
// epsilon inside the root and no bias correction unless asked: see core/optimizers/adaptive.h.
#pragma once

#include <vector>

#include "core/params.h"

namespace hearsay {

/// The settings of `amsgrad`, for the lists of algorithms that run it.
std::vector<Param> amsgrad_params();

}  // namespace hearsay
