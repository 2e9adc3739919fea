// Mixing matrices W: symmetric, doubly stochastic, w_ij > 0 only on edges and the diagonal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/params.h"
#include "core/registry.h"
#include "core/types.h"
#include "topology/topology.h"

namespace hearsay {

/// W by sparse rows; a regular type. Row i lists (j, w_ij), ascending in j, the diagonal included.
class MixingMatrix {
 public:
  struct Weight {
    NodeId node = 0;
    double value = 0.0;
    friend bool operator==(const Weight&, const Weight&) = default;
  };

  MixingMatrix() = default;
  explicit MixingMatrix(std::vector<std::vector<Weight>> rows) : rows_(std::move(rows)) {}

  std::size_t nodes() const { return rows_.size(); }
  const std::vector<Weight>& row(NodeId node) const { return rows_[node]; }
  double operator()(NodeId i, NodeId j) const;  // 0 where there is no entry

  friend bool operator==(const MixingMatrix&, const MixingMatrix&) = default;

 private:
  std::vector<std::vector<Weight>> rows_;
};

/// metropolis (w_ij = 1/(1 + max(d_i, d_j))), lazy-metropolis (1/(2 max(d_i, d_j))), max-degree
/// (1/(1 + d_max)), uniform (1/(1 + d_i), regular graphs only), explicit (a matrix in the config).
/// Throws ParamError("mixing", ...) naming the first row, column or entry that breaks a condition.
using MakeMixing = MixingMatrix (*)(const Params& params, const Topology& graph);

const Registry<MakeMixing>& mixings();
const Catalogue& mixing_catalogue();

/// Makes W and checks it: symmetric, rows and columns sum to 1 (within 1e-9), no negative entry,
/// weight on edges and the diagonal only.
MixingMatrix make_mixing(const Params& params, const Topology& graph);

}  // namespace hearsay
