// Settings that several graphs share.
#pragma once

#include <cstddef>

#include "core/params.h"

namespace hearsay {

/// The setting `nodes`; throws ParamError("nodes") when it is absent.
std::size_t node_count(const Params& params);

/// The setting `mixing` of a graph that brings its own weights: nothing to choose.
Param own_weights_param();

}  // namespace hearsay
