// Mixing weights that the user writes down, a row a node.
#pragma once

#include "topology/mixing.h"

namespace hearsay {

/// W from the setting `matrix`, n lists of n numbers. Checked as written (see check_mixing; the row
/// that is too short or too long is named as well); then the upper triangle counts, and the
/// diagonal becomes exactly what is missing to 1. Edges of weight 0 stay in the rows.
MixingMatrix explicit_weights(const Params& params, const Topology& graph);

}  // namespace hearsay
