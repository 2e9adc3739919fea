// Rounds that are one step of plain averaging and nothing else, which a simulation may take for all
// nodes at once (nodes/fleet.h).
#pragma once

#include "core/types.h"
#include "topology/mixing_sequence.h"

namespace hearsay {

/// Every node sends x_i as d floats to all that hear it, then
///
///   x_i <- x_i + gamma (((0 + w_ij x_j) + w_ik x_k) + ...)
///
/// over row i of W_t in ascending id, in float, each product and sum rounded. The weights are those
/// of `mixing` as floats, the node's own own_difference_weight.
struct PlainStep {
  VectorView x;  // the node's, valid until it sends a message
  float gossip_step = 1.0F;
  const MixingSequence* mixing = nullptr;
};

/// Minus the sum of the other weights in row i as they are in float: with it sum_j w_ij x_j is
/// sum_j w_ij (x_j - x_i), and what node i takes from node j is what j takes from i.
inline float own_difference_weight(const MixingMatrix& w, NodeId i) {
  double sum = 0.0;
  for (const MixingMatrix::Weight& weight : w.row(i))
    if (weight.node != i) sum += static_cast<double>(static_cast<float>(weight.value));
  return static_cast<float>(-sum);
}

}  // namespace hearsay
