// Aggregates of vectors that a test writes down.
#pragma once

#include <cfloat>
#include <memory>
#include <vector>

#include "core/aggregator.h"
#include "tests/core/vectors.h"

namespace hearsay::testing {

/// What the rule makes of `vectors`, of weights 1/n each unless others are given, and of `x`, which
/// is zero unless given.
inline Vector aggregate(const Aggregator& rule, const std::vector<Vector>& vectors, Vector x = {},
                        Vector weights = {}) {
  const std::size_t n = vectors.size();
  const std::size_t d = vectors.front().size();
  if (x.empty()) x.resize(d);
  if (weights.empty()) weights.assign(n, 1.0F / static_cast<float>(n));
  Workspace work;
  PeerVectors peers(n, d, work);
  for (std::size_t i = 0; i < n; ++i) peers.add(vectors[i], weights[i]);
  rule.aggregate(peers, x, work);
  return x;
}

/// An aggregator with its defaults filled in.
inline std::unique_ptr<Aggregator> aggregator_of(const Params& given) {
  return make_aggregator(complete(aggregators().at(given.part()), given));
}

}  // namespace hearsay::testing
