// Differences cut to a length: what centered clipping and clipped gossip have in common.
#pragma once

#include "core/aggregator.h"

namespace hearsay {

/// Writes ||v_i - x|| for every vector v_i into the first n of `distances`. They are finite for all
/// finite vectors.
void find_distances(const PeerVectors& peers, ConstVectorView x, std::span<double> distances);

/// x <- x + sum_i w_i clip(v_i - x, tau), clip(z, tau) = min(1, tau / ||z||) z, the distances as
/// find_distances left them. Sums run in double by ascending i, and are rounded to float once. What
/// two nodes take from each other is the same but for the sign, before that rounding.
void add_clipped(const PeerVectors& peers, double tau, std::span<const double> distances,
                 VectorView x);

}  // namespace hearsay
