// Building and checking mixing matrices.
#pragma once

#include <functional>

#include "topology/mixing.h"

namespace hearsay {

/// The matrix with the weight `weight(edge)` on every edge, both ways, and on the diagonal what is
/// missing to 1 (the others are added in ascending order), so that the rows sum to 1 to rounding.
MixingMatrix matrix_of(const Topology& graph, const std::function<double(const Edge&)>& weight);

/// Throws ParamError("mixing") naming the first entry or row that breaks a condition: no negative
/// entry, weight on edges and the diagonal only, symmetric, rows summing to 1 (within 1e-9; columns
/// do as well then).
void check_mixing(const MixingMatrix& w, const Topology& graph);

}  // namespace hearsay
