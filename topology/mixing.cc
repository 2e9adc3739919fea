#include "topology/mixing.h"

#include <algorithm>

namespace hearsay {

double MixingMatrix::operator()(NodeId i, NodeId j) const {
  const auto& row = rows_[i];
  const auto found = std::lower_bound(row.begin(), row.end(), j,
                                      [](const Weight& w, NodeId node) { return w.node < node; });
  return found == row.end() || found->node != j ? 0.0 : found->value;
}

}  // namespace hearsay
