// Objectives: min_x (1/n) sum_i f_i(x), where f_i is known to node i alone.
//
// An objective is immutable and shared by all nodes and threads of a process. Its model is one flat
// float vector, described by a Layout; gradients have the same layout. The interface is spans only,
// so that a plugin can implement it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/dataset.h"
#include "core/layout.h"
#include "core/params.h"
#include "core/partition.h"
#include "core/random.h"
#include "core/registry.h"
#include "core/types.h"
#include "core/workspace.h"

namespace hearsay {

/// What f_i is evaluated on: rows of the training set, and the node for objectives without data.
struct Sample {
  std::span<const std::uint32_t> rows;
  NodeId part = 0;          // the index i of f_i, 0 <= i < number of parts
  Stream* noise = nullptr;  // set for stochastic gradients only; null asks for the exact one
};

class Objective {
 public:
  virtual ~Objective() = default;

  virtual const Layout& layout() const = 0;

  /// x0, the same on all nodes; `stream` depends on the run's seed alone. Zero unless overridden.
  virtual void initialize(VectorView x0, Stream& stream) const;

  /// The mean loss over the sample's rows plus the regularizer, accumulated in double. Unless
  /// `gradient` is empty, writes the gradient over it (d values). Deterministic: the same sample
  /// gives the same bits.
  virtual double evaluate(ConstVectorView x, const Sample& sample, VectorView gradient,
                          Workspace& work) const = 0;

  /// How many of the test rows [begin, end) the model classifies right; nothing where that has no
  /// meaning.
  virtual std::optional<std::uint64_t> correct(ConstVectorView x, RowRange test_rows,
                                               Workspace& work) const = 0;

  /// The test rows that `correct` can be asked for; 0 when there are none.
  virtual std::size_t test_rows() const = 0;
};

struct ObjectiveContext {
  std::shared_ptr<const Dataset> data;  // null when the config names none
  std::size_t parts = 1;                // number of f_i
  std::uint64_t seed = 0;
};

using MakeObjective = std::unique_ptr<Objective> (*)(const Params& params,
                                                     const ObjectiveContext& context);

const Registry<MakeObjective>& objectives();
const Catalogue& objective_catalogue();

}  // namespace hearsay
