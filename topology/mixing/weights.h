// Building and checking mixing matrices.
#pragma once

#include <functional>
#include <vector>

#include "topology/mixing.h"

namespace hearsay {

/// The matrix with the weight `weight(edge)` on every edge, both ways, and on the diagonal what is
/// missing to 1 (the others are added in ascending order), so that the rows sum to 1 to rounding.
MixingMatrix matrix_of(const Topology& graph, const std::function<double(const Edge&)>& weight);

/// A directed link with its weight: `to` takes weight * (what `from` sends).
struct Arc {
  NodeId from = 0;
  NodeId to = 0;
  double weight = 0.0;
};

/// The matrix with these entries, each (from, to) once, and on the diagonal what a column is short
/// of 1: a node keeps what it does not give away.
MixingMatrix matrix_of_arcs(std::size_t nodes, const std::vector<Arc>& arcs);

/// Every arc of node j gets the weight 1/(1 + its out-degree), and j itself keeps as much: the
/// usual weights of push-sum.
MixingMatrix out_degree_weights(std::size_t nodes, std::vector<Arc> arcs);

/// Throws ParamError("mixing") naming the first entry or row that breaks a condition: no negative
/// entry, weight on edges and the diagonal only, symmetric, rows summing to 1 (within 1e-9; columns
/// do as well then).
void check_mixing(const MixingMatrix& w, const Topology& graph);

}  // namespace hearsay
